using System.CommandLine;
using FineWebTorch.Bench;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.LoadTime;

/// <summary>How long a model takes to load from a warm page cache, beside a session of ONNX Runtime.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => CommandLineApp.RunAsync(Create(), args, CancellationToken.None);

    private static RootCommand Create()
    {
        var model = BenchOptions.Text(
            "--model", "artifacts/bench/models/bert-base", "Model folder with an onnx/ folder");
        var (threads, rounds, output) = (BenchOptions.Threads(), BenchOptions.Rounds(5), BenchOptions.Out());
        var command = new RootCommand("Load time of a model") { model, threads, rounds, output };
        command.SetAction(parsed => Run(
            parsed.GetValue(model)!, parsed.GetValue(threads), parsed.GetValue(rounds), parsed.GetValue(output)!));
        return command;
    }

    private static void Run(string model, int threads, int rounds, string output)
    {
        const string subject = "model load from a warm page cache";
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(model));
        var device = ComputeDevice.Resolve("cpu", threads);
        using var peer = new OnnxPeer(Path.Combine(model, "onnx", "model.onnx"), threads);
        // The turn that warms up also brings the weights into the page cache.
        var ours = new Series("ours, weights and tokenizer", () => Ours(model, device));
        var theirs = OnnxPeer.Optimizations
            .Select(level => new Series($"ONNX Runtime, optimizations {level}", () => Theirs(peer, level)))
            .ToList();
        Series.Interleave(rounds, [ours, .. theirs]);
        BenchOptions.Finish(output,
        [
            BenchRow.Of(subject, name, ours.Name, "s", ours.Statistics),
            .. theirs.Select(series => BenchRow.Of(subject, name, series.Name, "s", series.Statistics) with
            {
                Ours = series.RatioTo(ours),
            }),
        ]);
    }

    private static double Ours(string model, ComputeDevice device)
    {
        EduClassifier? classifier = null;
        var seconds = Clock.Seconds(() => classifier = EduClassifier.Load(model, device, ModelDtype.Float32));
        classifier!.Dispose();
        return seconds;
    }

    private static double Theirs(OnnxPeer peer, string level)
    {
        var seconds = peer.Load(level);
        peer.Release(level);
        return seconds;
    }
}
