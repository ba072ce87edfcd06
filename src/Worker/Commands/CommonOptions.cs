using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Commands;

/// <summary>The device that the user wants, and how to compute on it.</summary>
internal sealed record DeviceChoice
{
    /// <summary>As the model part names devices; null where it was not typed.</summary>
    public string? Name { get; init; }

    /// <summary>Number of a GPU, from 0; null where it was not typed.</summary>
    public int? Gpu { get; init; }

    /// <summary>A process for each GPU, see <see cref="GpuWorkers"/>.</summary>
    public bool AllGpus { get; init; }

    /// <summary>Null for all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>One of <see cref="KernelChoice.Names"/>.</summary>
    public string Kernels { get; init; } = KernelChoice.Auto;

    /// <summary>Threads that tokenize.</summary>
    public int TokenizerThreads => Threads ?? Environment.ProcessorCount;

    /// <exception cref="UserErrorException">Two devices were named.</exception>
    public void Check()
    {
        if (Name is not null && (Gpu is not null || AllGpus))
            throw new UserErrorException("--gpu and --device exclude each other; give one", ExitCode.Usage);
    }

    /// <exception cref="UserErrorException">Two devices were named.</exception>
    /// <exception cref="NotSupportedException">There is no such device.</exception>
    public ComputeDevice Resolve()
    {
        Check();
        if (AllGpus)
            throw new UserErrorException(
                "--gpu all is for workers of a coordinator; give the number of one", ExitCode.Usage);
        var name = Gpu is { } number ? string.Create(CultureInfo.InvariantCulture, $"cuda:{number}") : Name ?? "auto";
        return ComputeDevice.Resolve(name, Threads, Kernels);
    }
}

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    private static readonly Setting<DeviceChoice> Name = new(
        "--device", "NAME", "cpu, cuda, cuda:1, mps, or auto for the best there is", Default: null,
        (device, text) => device with { Name = OptionText.Device(text) })
    {
        Group = OptionGroup.Model,
        Words = ["auto", "cpu", "cuda", "mps"],
        Rivals = ["--gpu"],
    };

    private static readonly Setting<DeviceChoice> Gpu = new(
        "--gpu", "N",
        "Number of the GPU to use, from 0; short for --device cuda:N; slurm for the one that Slurm gave this task, all for a " +
        "worker on each", Default: null,
        (device, text) => text switch
        {
            "all" => device with { AllGpus = true },
            "slurm" => device with { Gpu = SlurmTask.GpuOf(Environment.GetEnvironmentVariable) },
            _ => device with { Gpu = OptionText.Whole(text, 0, int.MaxValue) },
        })
    {
        Group = OptionGroup.Model,
        Rivals = ["--device"],
        Words = ["slurm", "all"],
    };

    private static readonly Setting<DeviceChoice> Threads = new(
        "--threads", "N", "Threads to tokenize with, and to compute with on a CPU [default: all cores]", Default: null,
        (device, text) => device with { Threads = OptionText.Whole(text, 1, int.MaxValue) })
    {
        Group = OptionGroup.Model,
    };

    private static readonly Setting<DeviceChoice> Kernels = Setting.OneOf<DeviceChoice>(
        "--kernels", "NAME",
        "Operators to compute with: auto for the fastest, reference for libtorch's own, or a CPU's "
        + $"instruction set ({string.Join(", ", KernelChoice.Names.Skip(2))})",
        [.. KernelChoice.Names],
        (device, text) => device with { Kernels = text }) with
    {
        Group = OptionGroup.Model,
    };

    /// <summary>What there is to choose of a device.</summary>
    public static IEnumerable<Setting<T>> Device<T>(Func<T, DeviceChoice> get, Func<T, DeviceChoice, T> put) =>
        new[] { Name, Gpu, Threads, Kernels }.Select(setting => setting.Within(get, put));

    /// <summary>How the CPU is to be used.</summary>
    public static IEnumerable<Setting<T>> Cpu<T>(Func<T, DeviceChoice> get, Func<T, DeviceChoice, T> put) =>
        new[] { Threads, Kernels }.Select(setting => setting.Within(get, put));

    public static Setting<T> Model<T>(Func<T, string, T> set) => new(
        "--model", "DIR|REPO[@REV]", "Model folder, or a model on the Hub", ModelLocator.DefaultModel,
        (target, text) => set(
            target, ForeignPlace.Refuse(OptionText.NotEmpty(text), endpoint: () => HubEnvironment.Process.Endpoint)))
    {
        Group = OptionGroup.Model,
        Paths = PathKind.Folder,
    };
}
