using System.Text.RegularExpressions;

namespace FineWebTorch.Coordinator.Logs;

/// <summary>All logs of a run's folder as one, in the order of time.</summary>
/// <param name="folder">Logs may come to it later.</param>
internal sealed partial class MergedLogs(string folder) : IDisposable
{
    private readonly SortedDictionary<string, LogTail> _tails = new(StringComparer.Ordinal);
    private readonly Dictionary<LogTail, LogEntry> _heads = [];

    /// <summary>What is there and has not been read yet.</summary>
    public IEnumerable<LogEntry> Read()
    {
        Find();
        foreach (var tail in _tails.Values)
            Advance(tail);
        while (_heads.Count > 0)
        {
            var (tail, first) = _heads.MinBy(head => head.Value.Time, StringComparer.Ordinal);
            _heads.Remove(tail);
            Advance(tail);
            yield return first;
        }
    }

    public void Dispose()
    {
        foreach (var tail in _tails.Values)
            tail.Dispose();
    }

    private void Find()
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var path in Directory.EnumerateFiles(folder, "*.jsonl"))
        {
            if (!PutAside().IsMatch(path) && !_tails.ContainsKey(path))
                _tails[path] = new LogTail(path);
        }
    }

    /// <summary>Lines that are none of a log are passed over.</summary>
    private void Advance(LogTail tail)
    {
        while (!_heads.ContainsKey(tail) && tail.Next() is { } line)
        {
            if (LogEntry.TryParse(line, tail.Name) is { } entry)
                _heads[tail] = entry;
        }
    }

    [GeneratedRegex(@"\.[0-9]+\.jsonl$")]
    private static partial Regex PutAside();
}
