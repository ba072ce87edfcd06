using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace FineWebTorch.Worker.Telemetry;

/// <summary>
/// The functions of NVIDIA's management library that are used here. Each may be missing, and may say that it is not for
/// this GPU: then there is no figure.
/// </summary>
internal sealed unsafe class NvmlLibrary : IDisposable
{
    private const int Success = 0;
    private const uint TemperatureOfChip = 0; // NVML_TEMPERATURE_GPU

    private readonly nint _library;

    private NvmlLibrary(nint library) => _library = library;

    /// <summary>Where the driver's installation puts it.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
        OperatingSystem.IsWindows() ? ["nvml.dll"] : ["libnvidia-ml.so.1"];

    /// <returns>Null where none of these is there and begins its work.</returns>
    public static NvmlLibrary? TryOpen(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (!NativeLibrary.TryLoad(name, out var handle))
                continue;
            var library = new NvmlLibrary(handle);
            if (library.Find("nvmlInit_v2") is var begin and not 0 && ((delegate* unmanaged<int>)begin)() == Success)
                return library;
            NativeLibrary.Free(handle);
        }

        return null;
    }

    /// <summary>Such as 550.54.15; null where no driver is there, or it does not tell.</summary>
    public static string? DriverVersion()
    {
        using var library = TryOpen(FileNames);
        return library?.ReadDriverVersion();
    }

    /// <param name="uuid">Such as GPU-8a56a4bc-…, or MIG-… of a part of a GPU.</param>
    /// <returns>0 where it knows none.</returns>
    public nint DeviceOf(string uuid)
    {
        nint device = 0;
        fixed (byte* text = Encoding.ASCII.GetBytes(uuid + '\0'))
        {
            return Find("nvmlDeviceGetHandleByUUID") is var ask and not 0 &&
                ((delegate* unmanaged<byte*, nint*, int>)ask)(text, &device) == Success ? device : 0;
        }
    }

    /// <summary>Share of the driver's last sampling period, 1/6 s to 1 s, in which a kernel ran, 0 to 1.</summary>
    public double? UtilizationOf(nint device)
    {
        // nvmlUtilization_t: of the chip and of its memory, in percent.
        var rates = stackalloc uint[2];
        return Find("nvmlDeviceGetUtilizationRates") is var ask and not 0 &&
            ((delegate* unmanaged<nint, uint*, int>)ask)(device, rates) == Success ? rates[0] / 100.0 : null;
    }

    /// <returns>Bytes.</returns>
    public (ulong Used, ulong Total)? MemoryOf(nint device)
    {
        // nvmlMemory_t: total, free, used.
        var memory = stackalloc ulong[3];
        return Find("nvmlDeviceGetMemoryInfo") is var ask and not 0 &&
            ((delegate* unmanaged<nint, ulong*, int>)ask)(device, memory) == Success ? (memory[2], memory[0]) : null;
    }

    /// <returns>As the kernel writes it: 0000:3b:00.0. Null of a part of a GPU.</returns>
    public string? PciAddressOf(nint device)
    {
        // nvmlPciInfo_t: a short text of 16 bytes; domain, bus, device, two ids; a longer text of 32 bytes.
        var info = stackalloc uint[4 + 5 + 8];
        return Find("nvmlDeviceGetPciInfo_v3") is var ask and not 0 &&
            ((delegate* unmanaged<nint, uint*, int>)ask)(device, info) == Success
            ? string.Create(CultureInfo.InvariantCulture, $"{info[4]:x4}:{info[5]:x2}:{info[6]:x2}.0")
            : null;
    }

    public double? WattsOf(nint device) => NumberOf(device, "nvmlDeviceGetPowerUsage") / 1000.0;

    public double? CelsiusOf(nint device)
    {
        uint degrees;
        return Find("nvmlDeviceGetTemperature") is var ask and not 0 &&
            ((delegate* unmanaged<nint, uint, uint*, int>)ask)(device, TemperatureOfChip, &degrees) == Success
            ? degrees
            : null;
    }

    public void Dispose()
    {
        // The library itself stays: others of this process may use it.
        if (Find("nvmlShutdown") is var end and not 0)
            _ = ((delegate* unmanaged<int>)end)();
    }

    private string? ReadDriverVersion()
    {
        const int most = 80; // NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE
        var text = stackalloc byte[most];
        return Find("nvmlSystemGetDriverVersion") is var ask and not 0 &&
            ((delegate* unmanaged<byte*, uint, int>)ask)(text, most) == Success
            ? Marshal.PtrToStringUTF8((nint)text)
            : null;
    }

    private double? NumberOf(nint device, string function)
    {
        uint number;
        return Find(function) is var ask and not 0 &&
            ((delegate* unmanaged<nint, uint*, int>)ask)(device, &number) == Success ? number : null;
    }

    /// <returns>0 where there is none of that name.</returns>
    private nint Find(string function) =>
        NativeLibrary.TryGetExport(_library, function, out var address) ? address : 0;
}
