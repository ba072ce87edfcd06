using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>
/// A line an event and a line of progress now and then, each with its time in UTC, for logs; the summary on standard
/// output.
/// </summary>
/// <param name="isKept">Whether the log goes elsewhere than to a terminal: then it shows no secret.</param>
internal sealed class PlainReporter(TextWriter output, TextWriter log, TimeProvider time, bool isKept = true) : IReporter
{
    private readonly Lock _lock = new();

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(10);

    public void Started(RunHeader header)
    {
        foreach (var line in SummaryText.Start(header, isKept))
            Log(line);
    }

    public void Observe(RunEvent happened) => Log(EventText.Of(happened));

    public void Progress(RunProgress progress) => Log(Of(progress.Snapshot, progress.Rates));

    public void Finished(RunSummary summary)
    {
        foreach (var line in SummaryText.End(summary))
            output.WriteLine(line);
    }

    public void Dispose()
    {
    }

    private static string Of(RunSnapshot snapshot, RunRates rates) =>
        (snapshot.Paused ? "paused, " : "") +
        $"{NumberText.Percent(snapshot.RowsScored, snapshot.Rows)}: " +
        $"{NumberText.Count(snapshot.FilesDone)}/{NumberText.Count(snapshot.Files, "file")}, " +
        $"{NumberText.Count(snapshot.RowsScored)}/{NumberText.Count(snapshot.Rows, "row")}, " +
        $"{NumberText.Rate(rates.DocumentsPerSecond)} docs/s, " +
        $"{NumberText.Rate(rates.TokensPerSecond)} tokens/s, {NumberText.Count(snapshot.Kept)} kept, " +
        NumberText.Count(snapshot.Workers.Count(worker => worker.Connected), "worker") + Use(snapshot.Workers) +
        $", {NumberText.Duration(snapshot.Elapsed)} elapsed" +
        (rates.Remaining is { } remaining ? $", {NumberText.Duration(remaining)} left" : "");

    private static string Use(IReadOnlyList<WorkerSnapshot> workers)
    {
        var known = workers.Where(worker => worker.Connected).Select(worker => worker.Busy).OfType<double>().ToList();
        return known.Count == 0 ? "" : $" busy {NumberText.Count(100 * known.Average())} %";
    }

    private void Log(string line)
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        lock (_lock)
            log.WriteLine($"{now} {SummaryText.Clean(line)}");
    }
}
