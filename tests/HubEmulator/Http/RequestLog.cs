using System.Collections.Concurrent;

namespace FineWebTorch.HubEmulator;

/// <summary>All requests since the start or the last <see cref="Clear"/>.</summary>
public sealed class RequestLog
{
    private readonly ConcurrentQueue<RequestEntry> _entries = new();

    public IReadOnlyList<RequestEntry> Entries => [.. _entries];

    public IReadOnlyList<RequestEntry> Of(string kind) => [.. _entries.Where(entry => entry.Kind == kind)];

    public int Count(string kind) => _entries.Count(entry => entry.Kind == kind);

    /// <summary>How many requests of each kind.</summary>
    public SortedDictionary<string, int> Counts() => new(
        _entries.GroupBy(entry => entry.Kind).ToDictionary(group => group.Key, group => group.Count()),
        StringComparer.Ordinal);

    public void Clear() => _entries.Clear();

    internal void Add(RequestEntry entry) => _entries.Enqueue(entry);
}
