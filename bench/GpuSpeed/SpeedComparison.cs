using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FineWebTorch.Bench;
using FineWebTorch.Bench.Pipeline;
using FineWebTorch.Model;

namespace FineWebTorch.GpuSpeed;

/// <summary>Documents a second from file to scores, ours in every type beside both ways of transformers.</summary>
internal sealed class SpeedComparison(ComputeDevice device, GpuOptions options, string file)
{
    private static readonly string[] Modes = ["tuned", "blog"];

    private readonly List<JsonElement> _peaks = [];
    private readonly Dictionary<string, PipelineRun> _runs = [];

    public IEnumerable<BenchRow> Rows()
    {
        var subject = $"file to scores on {device.Name}, {Path.GetFileName(options.Model)}, "
            + $"{options.Documents} documents";
        var missing = PythonPeer.WhyNot();
        var classifiers = Dtypes().Select(dtype => EduClassifier.Load(options.Model, device, dtype)).ToList();
        var ours = classifiers.Select(Ours).ToList();
        var peers = missing is null ? Peers() : [];
        Series[] peak = missing is null ? [new Series("peak", MeasurePeak)] : [];
        Series.Interleave(options.Rounds, [.. ours, .. peers, .. peak]);
        var needed = NeededFlop(classifiers[0]);
        foreach (var (series, classifier) in ours.Zip(classifiers))
            yield return Row(subject, series) with { Note = Note(series, classifier.Dtype, needed) };
        foreach (var series in peers)
            yield return Row(subject, series) with { Ours = series.RatioTo(ours[0]), Note = $"beside {ours[0].Name}" };
        yield return missing is null
            ? PeakRow(subject)
            : BenchRow.Skipped(subject, "", $"transformers' runs are left out: {missing}");
        foreach (var classifier in classifiers)
            classifier.Dispose();
    }

    /// <summary>The type that a worker takes first: its ratios are the ones shown.</summary>
    private IEnumerable<ModelDtype> Dtypes() => device.SupportedDtypes
        .OrderBy(dtype => dtype switch { ModelDtype.Float16 => 0, ModelDtype.BFloat16 => 1, _ => 2 });

    private Series Ours(EduClassifier classifier)
    {
        var name = $"ours, {ModelDtypes.Name(classifier.Dtype)}";
        var pipeline = new FilePipeline(classifier, device, options.Threads, options.Window);
        return new Series(name, () => (_runs[name] = pipeline.Run(file)).Seconds);
    }

    private List<Series> Peers()
    {
        var peer = new PythonPeer(options, file);
        return [.. Modes.Select(mode => new Series($"transformers, {mode}", () => peer.Score(mode)))];
    }

    private double MeasurePeak()
    {
        _peaks.Add(new PythonPeer(options, file).Peak());
        return Peak("float16");
    }

    private double Peak(string dtype) => _peaks[^1].GetProperty("tflops").GetProperty(dtype).GetDouble();

    private double NeededFlop(EduClassifier classifier)
    {
        var flops = new BertFlops(classifier.Config.Layers, classifier.Config.HiddenSize);
        var ids = new int[classifier.Tokenizer.MaxLength];
        return flops.Needed(File.ReadLines(file).Select(line => classifier.Tokenizer.Encode(
            Encoding.UTF8.GetBytes(JsonElement.Parse(line).GetProperty("text").GetString()!), ids)));
    }

    private BenchRow Row(string subject, Series series) => BenchRow.Of(
        subject, "", series.Name, "docs/s", series.Derived(seconds => options.Documents / seconds));

    private string Note(Series series, ModelDtype dtype, double needed)
    {
        var run = _runs[series.Name];
        var rate = needed / series.Statistics.Median / 1e12;
        var onDevice = needed / run.DeviceSeconds / 1e12;
        var peak = dtype == ModelDtype.Float16 ? "float16" : "bfloat16";
        var share = _peaks.Count == 0 || dtype == ModelDtype.Float32
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", {onDevice / Peak(peak):0%} of the peak while it runs");
        return string.Create(CultureInfo.InvariantCulture,
            $"{run.DeviceUse}; {run.LeadSeconds:0.00} s before the first batch; ")
            + string.Create(CultureInfo.InvariantCulture, $"needed {BenchTable.Number(rate)} TFLOP/s overall") + share;
    }

    private BenchRow PeakRow(string subject)
    {
        var values = _peaks.Skip(1).Select(peak => peak.GetProperty("tflops").GetProperty("float16").GetDouble());
        var last = _peaks[^1];
        return BenchRow.Of(subject, "", "matrix product, fp16", "TFLOP/s", Statistics.Of(values)) with
        {
            Note = $"torch {last.GetProperty("torch").GetString()}, bf16 {BenchTable.Number(Peak("bfloat16"))}",
        };
    }
}

/// <summary>transformers in Python, by bench/peers/transformers_peer.py: a process each time.</summary>
internal sealed class PythonPeer(GpuOptions options, string file)
{
    /// <summary>Null where it can run; else why not, in one line.</summary>
    public static string? WhyNot()
    {
        try
        {
            const string probe = "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and "
                + "u.find_spec('transformers')))";
            using var process = Start(["-c", probe]);
            process.WaitForExit();
            return process.ExitCode == 0 ? null : "python3 has no torch and transformers";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "python3 is not installed";
        }
    }

    /// <param name="mode">"blog" or "tuned".</param>
    /// <returns>Seconds from texts in memory to scores in memory.</returns>
    public double Score(string mode) => Run(
        ["--mode", mode, "--model", options.Model, "--input", file,
            "--limit", options.Documents.ToString(CultureInfo.InvariantCulture)])
        .GetProperty("seconds").GetDouble();

    /// <returns>The device, torch's version, and "tflops" of a matrix product by type.</returns>
    public JsonElement Peak() => Run(["--mode", "peak"]);

    private JsonElement Run(string[] arguments)
    {
        var device = options.Device.StartsWith("cuda", StringComparison.Ordinal) ? options.Device : "cpu";
        using var process = Start(["bench/peers/transformers_peer.py", .. arguments, "--device", device]);
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonElement.Parse(text.Trim().Split('\n')[^1])
            : throw new PeerException(
                $"transformers_peer.py {string.Join(' ', arguments)}: failed; what it said is above");
    }

    private static Process Start(string[] arguments) =>
        Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true })!;
}
