using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// Messages about leases that the coordinator has not shown to have received, in the order they were made. A stream
/// keeps its order: when a report is acknowledged, everything before it has arrived too.
/// </summary>
internal sealed class Outbox
{
    private readonly List<Entry> _entries = [];
    private ulong _lastSequence;

    /// <summary>Messages that have to be sent again after a reconnection.</summary>
    public IEnumerable<WorkerMessage> Messages => _entries.Select(entry => entry.Message);

    /// <summary>The leases they are about.</summary>
    public IEnumerable<ulong> Fences => _entries.Select(entry => entry.Fence).Distinct();

    /// <summary>The coordinator is known to have received everything.</summary>
    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Whether scores wait for their acknowledgement.</summary>
    public bool HasReports => _entries.Any(entry => entry.Sequence > 0);

    public WorkerMessage Add(ScoreReport report)
    {
        report.Sequence = ++_lastSequence;
        return Add(report.Fence, report.Sequence, new WorkerMessage { Scores = report });
    }

    public WorkerMessage Add(FileOpened opened) => Add(opened.Fence, 0, new WorkerMessage { FileOpened = opened });

    public WorkerMessage Add(LeaseEnded ended) => Add(ended.Fence, 0, new WorkerMessage { LeaseEnded = ended });

    /// <summary>All reports up to this one are durable.</summary>
    public void Acknowledge(ulong sequence) =>
        _entries.RemoveRange(0, _entries.FindLastIndex(entry => entry.Sequence > 0 && entry.Sequence <= sequence) + 1);

    /// <summary>Forgets what is about a lease.</summary>
    public void Drop(ulong fence) => _entries.RemoveAll(entry => entry.Fence == fence);

    private WorkerMessage Add(ulong fence, ulong sequence, WorkerMessage message)
    {
        _entries.Add(new Entry(fence, sequence, message));
        return message;
    }

    /// <param name="Sequence">0 for messages without a number.</param>
    private sealed record Entry(ulong Fence, ulong Sequence, WorkerMessage Message);
}
