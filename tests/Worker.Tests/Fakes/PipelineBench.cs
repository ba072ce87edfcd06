using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>A pipeline with everything around it faked.</summary>
internal sealed class PipelineBench : IDisposable
{
    /// <param name="inFlight">Batches that the device takes at once; above 1 it computes beside the host.</param>
    public PipelineBench(int inFlight = 1)
    {
        Scorer = new FakeScorer(isAsync: inFlight > 1);
        Pipeline = new ScoringPipeline(
            new DeviceQueue(Scorer, BatchesInFlight.Always(inFlight), TimeProvider.System), new FakeEncoder(), Sink,
            new PipelineOptions(Threads: 2), Statistics, TimeProvider.System);
    }

    public FakeScorer Scorer { get; }

    public RecordingSink Sink { get; } = new();

    public PipelineStatistics Statistics { get; } = new();

    public ScoringPipeline Pipeline { get; }

    /// <summary>A task over texts from memory, with windows of 8 rows and batches of 20 tokens.</summary>
    public static ScoreTask TaskOver(
        IReadOnlyList<string?> texts,
        StoredScores? stored = null,
        int firstWindow = 0,
        int endWindow = int.MaxValue,
        long? rowLimit = null,
        bool knowsEnd = true,
        Action<long>? reading = null,
        byte[]? probe = null) => new()
        {
            WindowRows = 8,
            TokenBudget = 20,
            FirstWindow = firstWindow,
            EndWindow = endWindow,
            EndRow = knowsEnd ? texts.Count : null,
            RowLimit = rowLimit ?? long.MaxValue,
            Stored = stored ?? StoredScores.None,
            Probe = probe,
            Open = firstRow => new FakeSource(texts, firstRow, chunkRows: 5) { Reading = reading ?? (_ => { }) },
        };

    /// <summary>Texts of changing length.</summary>
    public static string[] Texts(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new string((char)('a' + i % 26), i % 7))];

    public static Dictionary<long, float> Expected(IReadOnlyList<string?> texts, Func<long, bool>? rows = null) =>
        Enumerable.Range(0, texts.Count).Where(row => texts[row] is not null && (rows?.Invoke(row) ?? true))
            .ToDictionary(row => (long)row, row => FakeScorer.ScoreOf(texts[row]!));

    public async Task<Exception?> RunAsync(ScoreTask task)
    {
        Pipeline.Add(task);
        return await Sink.EndOf(task);
    }

    /// <summary>Of two tasks, the first meets the failure that the scorer has in store; the other is unharmed.</summary>
    public async Task FirstTaskFailsAloneAsync(string[] texts)
    {
        var bad = TaskOver(texts);
        var good = TaskOver(texts);
        Pipeline.Add(bad);
        Pipeline.Add(good);

        Assert.IsType<InvalidOperationException>(await Sink.EndOf(bad));
        Assert.Null(await Sink.EndOf(good));

        Assert.Equal(Expected(texts), Sink.Scores(good));
        Assert.Equal(0, Pipeline.WindowsInMemory);
    }

    public void Dispose() => Pipeline.Dispose();
}
