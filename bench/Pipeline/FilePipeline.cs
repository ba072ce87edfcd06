using System.Diagnostics;
using System.Runtime.ExceptionServices;
using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Bench.Pipeline;

/// <summary>The worker's own pipeline from a file of JSON lines to scores, with a model that stays loaded.</summary>
/// <param name="threads">Tokenizer threads.</param>
/// <param name="windowRows">Rows that are sorted together.</param>
/// <param name="tokenBudget">Most tokens in a batch; null for what the worker takes on this device.</param>
public sealed class FilePipeline(
    EduClassifier model, ComputeDevice device, int threads, int windowRows, int? tokenBudget = null)
{
    // Kept from pass to pass, as a worker keeps it from file to file.
    private readonly BatchesInFlight _inFlight = device.Kind == ComputeDeviceKind.Cpu
        ? BatchesInFlight.One
        : new BatchesInFlight(BatchesInFlight.Choice.First, _ => { });

    public int TokenBudget => tokenBudget ?? DeviceDefaults.TokenBudget(device);

    public PipelineRun Run(string file)
    {
        var start = Stopwatch.GetTimestamp();
        var statistics = new PipelineStatistics();
        var sink = new CollectingSink(windowRows);
        using var task = new ScoreTask
        {
            WindowRows = windowRows,
            TokenBudget = TokenBudget,
            Open = _ => new JsonLinesSource(File.OpenRead(file), file, "text"),
        };
        var pipeline = new ScoringPipeline(
            new ModelScorer(model, _inFlight), new ModelTextEncoder(model.Tokenizer), sink,
            new PipelineOptions(threads), statistics, TimeProvider.System);
        using (pipeline)
        {
            pipeline.Add(task);
            sink.Ended.GetAwaiter().GetResult();
        }
        if (sink.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var use = task.DeviceUse ?? new DeviceUse(TimeSpan.Zero, default);
        return new PipelineRun(
            sink.Scores, seconds, use.Totals.Tokens, use.Span.TotalSeconds, use.ToString());
    }
}
