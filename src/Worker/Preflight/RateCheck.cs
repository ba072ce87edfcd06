using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Preflight;

/// <summary>How fast the device scores, beside what one of its name should do.</summary>
/// <param name="cpuTime">Of all threads of this process, since it began.</param>
internal sealed class RateCheck(TimeProvider time, Func<TimeSpan> cpuTime)
{
    /// <summary>Tokens of a document of FineWeb, cut at the model's 512, on average.</summary>
    private const int TokensOfDocument = 400;

    /// <summary>Of its data sheet's peak; below it something is wrong with a GPU.</summary>
    private const double LeastShareOfPeak = 0.15;

    /// <summary>
    /// Dense 16-bit TFLOP/s with sums in fp32 of NVIDIA's data sheets, by a part of the name; the first that fits counts.
    /// </summary>
    private static readonly (string Part, double TeraFlops)[] Peaks =
    [
        ("H200", 989), ("H100 PCIe", 756), ("H100", 989), ("GH200", 989), ("B200", 2250), ("A100", 312), ("A10G", 70),
        ("A10", 125), ("A40", 150), ("A30", 165), ("L40S", 362), ("L40", 181), ("L4", 121), ("T4", 65), ("V100", 125),
        ("RTX 4090", 165), ("RTX 3090", 71), ("RTX A6000", 155),
    ];

    /// <summary>TFLOP/s that a GPU of this name could do at most; null where it is not known.</summary>
    public static double? PeakOf(string name) => Peaks.FirstOrDefault(
        peak => name.Contains(peak.Part, StringComparison.OrdinalIgnoreCase)) is { TeraFlops: > 0 } known
        ? known.TeraFlops
        : null;

    /// <summary>Scores batches of made-up documents for a while, two at once as a worker does.</summary>
    /// <param name="lasting">How long to go on beginning batches; the first one, which warms up, does not count.</param>
    public Finding Measure(EduClassifier model, TimeSpan lasting, CancellationToken cancellation)
    {
        var length = Math.Min(TokensOfDocument, model.Config.MaxPositions);
        var batch = MadeUp(length, Math.Max(1, model.Device.TokenBudget / length), model.Config.VocabularySize);
        model.Begin(batch).Wait();
        var (start, cpu) = (time.GetTimestamp(), cpuTime());
        var documents = 0L;
        var inFlight = new Queue<PendingScores>();
        do
        {
            cancellation.ThrowIfCancellationRequested();
            inFlight.Enqueue(model.Begin(batch));
            if (inFlight.Count == 2)
                inFlight.Dequeue().Wait();
            documents += batch.Documents;
        }
        while (time.GetElapsedTime(start) < lasting);
        while (inFlight.TryDequeue(out var last))
            last.Wait();
        var elapsed = time.GetElapsedTime(start);
        return Judge(
            model.Device, model.Dtype, documents / elapsed.TotalSeconds,
            Flops(model.Config, length), (cpuTime() - cpu) / elapsed);
    }

    /// <param name="rate">Documents a second.</param>
    /// <param name="flops">Of a document.</param>
    /// <param name="cores">That this process has had, on average.</param>
    public static Finding Judge(ComputeDevice device, ModelDtype dtype, double rate, double flops, double cores)
    {
        var teraFlops = rate * flops / 1e12;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{NumberText.Rate(rate)} documents of {TokensOfDocument} tokens a second in {ModelDtypes.Name(dtype)}, " +
            $"{teraFlops:G3} TFLOP/s");
        if (device.Kind == ComputeDeviceKind.Cpu)
            return OfCpu(text, device.Threads, cores);
        if (dtype == ModelDtype.Float32 || PeakOf(device.Name) is not { } peak)
            return Finding.Good("rate", $"{text}; what such a device should do is not known");
        text += string.Create(CultureInfo.InvariantCulture, $": {teraFlops / peak:P0} of its data sheet's {peak:N0}");
        return teraFlops >= LeastShareOfPeak * peak
            ? Finding.Good("rate", text)
            : Finding.Doubtful(
                "rate", text, "slow for such a GPU: another program on it, a power limit, heat? nvidia-smi -q tells");
    }

    private static Finding OfCpu(string text, int threads, double cores)
    {
        text += string.Create(CultureInfo.InvariantCulture, $", by {cores:F1} of {NumberText.Count(threads, "core")}");
        return cores >= 0.7 * threads
            ? Finding.Good("rate", text)
            : Finding.Doubtful(
                "rate", text, "other programs, or a limit of the container, have the rest: fewer --threads, or more of the CPU");
    }

    /// <summary>Linear layers and attention of every layer; a multiplication and an addition are two.</summary>
    private static double Flops(BertConfig config, double tokens)
    {
        double hidden = config.HiddenSize, wide = config.IntermediateSize;
        return config.Layers * tokens * ((8 * hidden * hidden) + (4 * hidden * wide) + (4 * tokens * hidden));
    }

    /// <summary>The ids are drawn, always alike: what they say does not matter to the rate.</summary>
    private static PackedBatch MadeUp(int length, int documents, int vocabulary)
    {
        var random = new Random(1);
        return PackedBatch.Of([.. Enumerable.Range(0, documents).Select(
            _ => Enumerable.Range(0, length).Select(_ => random.Next(vocabulary)).ToArray())]);
    }
}
