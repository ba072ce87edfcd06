using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A line an event and a line of progress now and then, for logs; the summary on standard output.</summary>
internal sealed class PlainReporter(TextWriter output, TextWriter log) : IReporter
{
    private readonly Lock _lock = new();

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(10);

    public void Started(RunHeader header)
    {
        foreach (var line in SummaryText.Start(header))
            Log(line);
    }

    public void Observe(RunEvent happened) => Log(EventText.Of(happened));

    public void Progress(RunSnapshot snapshot, RunRates rates) => Log(
        $"{snapshot.FilesDone}/{snapshot.Files} files, {NumberText.Count(snapshot.RowsScored)}/" +
        $"{NumberText.Count(snapshot.Rows)} rows, {NumberText.Rate(rates.DocumentsPerSecond)} docs/s, " +
        $"{NumberText.Rate(rates.TokensPerSecond)} tokens/s, {NumberText.Count(snapshot.Kept)} kept, " +
        $"{snapshot.Workers.Count(worker => worker.Connected)} workers" +
        (rates.Remaining is { } remaining ? $", {NumberText.Duration(remaining)} left" : ""));

    public void Finished(RunSummary summary)
    {
        foreach (var line in SummaryText.End(summary))
            output.WriteLine(line);
    }

    public void Dispose()
    {
    }

    private void Log(string line)
    {
        lock (_lock)
            log.WriteLine(line);
    }
}
