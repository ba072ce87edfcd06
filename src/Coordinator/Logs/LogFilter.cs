namespace FineWebTorch.Coordinator.Logs;

/// <summary>Which lines somebody wants to see.</summary>
/// <param name="worker">Those of a worker and about it, by its name or that of its log; null for all.</param>
/// <param name="failed">Only errors, and all that is said about files that failed or were tried in vain.</param>
internal sealed class LogFilter(string? worker, bool failed)
{
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);

    /// <summary>Which files have gone wrong is known at the end alone: so all is looked at before.</summary>
    public void Prepare(IEnumerable<LogEntry> entries)
    {
        if (!failed)
            return;
        foreach (var entry in entries)
            Learn(entry);
    }

    public bool Wants(LogEntry entry)
    {
        Learn(entry);
        return (worker is null || entry.Worker == worker || entry.Log == worker) &&
            (!failed || entry.IsError || (entry.File is { } file && _failed.Contains(file)));
    }

    private void Learn(LogEntry entry)
    {
        if (failed && entry is { IsFailure: true, File: { } file })
            _failed.Add(file);
    }
}
