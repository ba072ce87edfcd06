using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Worker.Telemetry;

namespace FineWebTorch.Worker.Preflight;

/// <summary>The device, and whether its scores are right.</summary>
internal static class DeviceCheck
{
    /// <summary>What the device has to score: short, long, and of other scripts.</summary>
    private static readonly string[] Texts =
    [
        "This is a test sentence.",
        "Photosynthesis turns light into chemical energy, which plants store as sugar.",
        "Buy now!!! Limited offer, click here to win a free phone.",
        "水循环是指水在海洋、大气和陆地之间的运动。 Вода испаряется и возвращается дождём.",
        string.Concat(Enumerable.Repeat("The boiling point of water falls as the pressure of the air falls. ", 60)),
    ];

    /// <summary>The device's name, kernels and driver.</summary>
    /// <param name="driver">Version of the GPU's driver; null where there is none, or it does not tell.</param>
    public static Finding Name(ComputeDevice device, string? driver)
    {
        var types = string.Join(" ", device.SupportedDtypes.Select(ModelDtypes.Name));
        var text = $"{device}, {device.Name}{(driver is null ? "" : $", driver {driver}")}; {types}; {device.Kernels}";
        return device.Warnings.Count == 0
            ? Finding.Good("device", text)
            : Finding.Doubtful("device", text, string.Join("; ", device.Warnings));
    }

    /// <summary>What others hold of a GPU's memory.</summary>
    /// <param name="used">Bytes, before this process has taken any.</param>
    /// <param name="total">Bytes.</param>
    public static Finding Memory(ulong used, ulong total)
    {
        var text = $"{NumberText.Size((long)(total - used))} of {NumberText.Size((long)total)} free";
        return used * 10 < total
            ? Finding.Good("gpu memory", text)
            : Finding.Doubtful("gpu memory", text, "another program uses this GPU (nvidia-smi shows it): one worker a GPU is best");
    }

    /// <summary>What the driver says of its memory; nothing of a CPU.</summary>
    public static Finding? Memory(ComputeDevice device)
    {
        if (device is not { Kind: ComputeDeviceKind.Cuda, Uuid: { } uuid })
            return null;
        using var gauge = NvmlGauge.TryOpen(uuid, NvmlLibrary.FileNames);
        return gauge?.Read() is { HasMemoryTotalBytes: true } reading
            ? Memory(reading.MemoryUsedBytes, reading.MemoryTotalBytes)
            : Finding.Doubtful(
                "gpu memory", "the driver's management library (NVML) does not tell",
                "the page and metrics will lack the use of this GPU; in a container, allow the utility capability");
    }

    /// <summary>Scores beside those of libtorch's own operators in fp32 on this machine's CPU.</summary>
    /// <param name="folder">Of the model.</param>
    public static Finding Scores(EduClassifier model, string folder)
    {
        var cpu = ComputeDevice.Resolve("cpu", model.Device.Threads == 0 ? null : model.Device.Threads, KernelChoice.Reference);
        using var reference = EduClassifier.Load(folder, cpu);
        return Compare(model.Score(Texts), reference.Score(Texts), model.Dtype);
    }

    /// <param name="scores">Of the device.</param>
    /// <param name="expected">Of the same texts.</param>
    /// <param name="dtype">That the device computes in.</param>
    public static Finding Compare(IReadOnlyList<float> scores, IReadOnlyList<float> expected, ModelDtype dtype)
    {
        // In 16 bits what was measured of BERT-base's shape, see the README's results, and half of it again.
        var most = dtype == ModelDtype.Float32 ? 1e-4 : 0.08;
        var worst = scores.Zip(expected, (one, other) => Math.Abs((double)one - other))
            .Select(difference => double.IsNaN(difference) ? double.PositiveInfinity : difference).Max();
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{scores.Count} texts in {ModelDtypes.Name(dtype)}, at most {worst:G2} from libtorch's fp32 on the CPU; " +
            $"the first scores {scores[0]:F4}");
        return worst <= most
            ? Finding.Good("scores", text)
            : Finding.Bad("scores", text, "this device computes wrongly: do not let it take part, and have it looked at");
    }
}
