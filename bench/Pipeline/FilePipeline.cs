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

    public int TokenBudget => tokenBudget ?? device.TokenBudget;

    public PipelineRun Run(string file)
    {
        var start = Stopwatch.GetTimestamp();
        var statistics = new PipelineStatistics();
        var sink = new CollectingSink(windowRows);
        using var task = new ScoreTask
        {
            WindowRows = windowRows,
            TokenBudget = TokenBudget,
            Open = _ => new RecordSource(new JsonLineReader(File.OpenRead(file), file, new RecordColumns("text"))),
        };
        var pipeline = new ScoringPipeline(
            new DeviceQueue(new ModelScorer(model), _inFlight, TimeProvider.System),
            new ModelTextEncoder(model.Tokenizer), sink, new PipelineOptions(threads), statistics, TimeProvider.System);
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

/// <summary>What one pass of a file through the pipeline gave.</summary>
/// <param name="Scores">In the order of the file.</param>
/// <param name="Seconds">From opening the file to the last score.</param>
/// <param name="Tokens">Of all documents as they were scored.</param>
/// <param name="DeviceSeconds">From the start of the first batch to the end of the last.</param>
/// <param name="DeviceUse">What the device did and waited for, as the worker reports it.</param>
public sealed record PipelineRun(
    float[] Scores, double Seconds, long Tokens, double DeviceSeconds, string DeviceUse)
{
    public double DocumentsPerSecond => Scores.Length / Seconds;

    /// <summary>Before the first batch nothing can be computed: a window is read and tokenized first.</summary>
    public double LeadSeconds => Seconds - DeviceSeconds;
}

/// <summary>Keeps the scores of one file in its order.</summary>
internal sealed class CollectingSink(int windowRows) : IScoreSink
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<float> _scores = [];
    private readonly float[] _window = new float[windowRows];

    public Task Ended => _ended.Task;

    public Exception? Failure { get; private set; }

    public float[] Scores => [.. _scores];

    public void TaskRead(ScoreTask task)
    {
        // There is no next task.
    }

    public void BatchScored(ScoreTask task, BatchScores batch)
    {
        for (var i = 0; i < batch.Rows.Length; i++)
            _window[batch.Rows[i]] = batch.Scores[i];
    }

    public void WindowScored(ScoreTask task, WindowBuffer window) => _scores.AddRange(_window.AsSpan(0, window.Rows));

    public void TaskEnded(ScoreTask task, Exception? failure)
    {
        Failure = failure;
        _ended.TrySetResult();
    }
}
