using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Telemetry;

/// <summary>The counters of an NVIDIA GPU.</summary>
internal sealed class NvmlGauge : IDeviceGauge
{
    private readonly NvmlLibrary _nvml;
    private readonly nint _device;

    private NvmlGauge(NvmlLibrary nvml, nint device) => (_nvml, _device) = (nvml, device);

    /// <param name="uuid">Without what the driver puts before it.</param>
    /// <param name="names">Of the library.</param>
    /// <returns>Null where there is no library, or none that knows this GPU.</returns>
    public static NvmlGauge? TryOpen(string uuid, IEnumerable<string> names)
    {
        if (NvmlLibrary.TryOpen(names) is not { } nvml)
            return null;
        foreach (var kind in (string[])["GPU-", "MIG-"])
        {
            if (nvml.DeviceOf(kind + uuid) is var device and not 0)
                return new NvmlGauge(nvml, device);
        }

        nvml.Dispose();
        return null;
    }

    /// <summary>See <see cref="NvmlLibrary.PciAddressOf"/>.</summary>
    public string? PciAddress => _nvml.PciAddressOf(_device);

    public DeviceReading Read()
    {
        var reading = new DeviceReading();
        if (_nvml.UtilizationOf(_device) is { } share)
            reading.Utilization = share;
        if (_nvml.MemoryOf(_device) is var (used, total))
            (reading.MemoryUsedBytes, reading.MemoryTotalBytes) = (used, total);
        if (_nvml.WattsOf(_device) is { } watts)
            reading.Watts = watts;
        if (_nvml.CelsiusOf(_device) is { } celsius)
            reading.Celsius = celsius;
        return reading;
    }

    public void Dispose() => _nvml.Dispose();
}
