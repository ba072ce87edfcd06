using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Parquet;

namespace FineWebTorch.Worker.Commands;

/// <summary>What is installed and what works; a part that is missing is named, not thrown about.</summary>
/// <param name="Torch">Version of libtorch; null with <paramref name="TorchProblem"/>.</param>
/// <param name="TorchMend">What had to be done for libtorch to load here; null where nothing.</param>
/// <param name="Threads">Threads it computes with on the CPU.</param>
internal sealed record Installation(
    string Version,
    string? Torch,
    string? TorchProblem,
    string? TorchMend,
    string? InstructionSet,
    int Threads,
    IReadOnlyList<ComputeDevice> Devices,
    string? CpuProblem,
    string? GpuProblem,
    string? Parquet,
    string? ParquetProblem)
{
    private static readonly JsonSerializerOptions JsonStyle = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Installation Examine(int? threads, string kernels)
    {
        var (torch, torchProblem) = Try(TorchVersion);
        var devices = new List<ComputeDevice>();
        string? cpuProblem = null, gpuProblem = null;
        if (torch is not null)
        {
            (var cpu, cpuProblem) = Try(() => ComputeDevice.Resolve("cpu", threads, kernels));
            if (cpu is not null)
                devices.Add(cpu);
            (var gpu, gpuProblem) = Try(() => ComputeDevice.Resolve("cuda:0"));
            if (gpu is not null)
                devices.Add(gpu);
            for (var i = 1; gpu is not null && i < TorchRuntime.CudaDevices; i++)
                devices.Add(ComputeDevice.Resolve(string.Create(CultureInfo.InvariantCulture, $"cuda:{i}")));
        }

        var (parquet, parquetProblem) = Try(() => ParquetLibrary.Version);
        return new Installation(
            ProgramVersion.Current,
            torch,
            torchProblem,
            torch is null ? null : TorchRuntime.LibraryMend,
            torch is null ? null : TorchRuntime.CpuCapability,
            torch is null ? threads ?? Environment.ProcessorCount : TorchRuntime.Threads,
            devices,
            cpuProblem,
            gpuProblem,
            parquet,
            parquetProblem);
    }

    public byte[] ToJson()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Version,
                Libtorch = Torch,
                LibtorchProblem = TorchProblem,
                LibtorchMend = TorchMend,
                CpuInstructionSet = InstructionSet,
                Threads,
                Devices = Devices.Select(device => new
                {
                    Device = device.ToString(),
                    device.Name,
                    device.MemoryBytes,
                    Dtypes = device.SupportedDtypes.Select(ModelDtypes.Name),
                    device.Kernels,
                    device.KernelsReason,
                    device.NumericClass,
                }),
                CpuProblem,
                GpuProblem,
                Parquet,
                ParquetProblem,
            },
            JsonStyle);
        return [.. json, (byte)'\n'];
    }

    public byte[] ToText()
    {
        var text = new StringBuilder();
        Line(text, "version", Version);
        Line(text, "libtorch", Torch ?? $"none ({TorchProblem})");
        if (TorchMend is not null)
            Line(text, "", TorchMend);
        Line(text, "instructions", InstructionSet ?? "unknown");
        Line(text, "threads", Threads.ToString(CultureInfo.InvariantCulture));
        foreach (var device in Devices)
            Line(text, device.ToString(), Describe(device));
        if (CpuProblem is not null)
            Line(text, "cpu", $"none ({CpuProblem})");
        if (GpuProblem is not null)
            Line(text, "gpu", $"none ({GpuProblem})");
        Line(text, "parquet", Parquet ?? $"none ({ParquetProblem})");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string TorchVersion()
    {
        _ = TorchRuntime.Threads; // loads the library, or says why it cannot
        return TorchRuntime.Library.Replace("libtorch ", "", StringComparison.Ordinal);
    }

    private static string Describe(ComputeDevice device) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device.Name}, {device.MemoryBytes / (double)(1 << 30):F1} GiB, " +
        $"{string.Join(" ", device.SupportedDtypes.Select(ModelDtypes.Name))}, {device.Kernels} kernels" +
        $"{(device.KernelsReason.Length > 0 ? $" ({device.KernelsReason})" : "")}");

    private static void Line(StringBuilder text, string name, string value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n");

    private static (T? Value, string? Problem) Try<T>(Func<T> question)
        where T : class
    {
        try
        {
            return (question(), null);
        }
        catch (Exception problem) when (problem is NotSupportedException or DllNotFoundException
            or BadImageFormatException or TypeInitializationException or EntryPointNotFoundException)
        {
            return (null, ErrorLine.Describe(problem).Line);
        }
    }
}
