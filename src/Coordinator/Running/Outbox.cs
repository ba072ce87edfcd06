using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// What handling commands has brought about. The changes are committed first; only then may anyone hear of them, so
/// that nothing is promised that a crash could take back.
/// </summary>
internal sealed class Outbox
{
    private readonly List<LedgerChange> _changes = [];
    private readonly List<Action> _afterCommit = [];
    private readonly List<RunEvent> _events = [];
    private readonly List<FileRecord> _toDigest = [];

    public IReadOnlyList<LedgerChange> Changes => _changes;

    public IReadOnlyList<RunEvent> Events => _events;

    /// <summary>Files whose digest the coordinator has to compute itself.</summary>
    public IReadOnlyList<FileRecord> ToDigest => _toDigest;

    public void Change(LedgerChange change) => _changes.Add(change);

    public void Tell(RunEvent happened) => _events.Add(happened);

    public void Digest(FileRecord file) => _toDigest.Add(file);

    public void Send(IWorkerSession session, CoordinatorMessage message) => After(() => session.Send(message));

    public void After(Action action) => _afterCommit.Add(action);

    /// <summary>Sends what was to be sent; called once <see cref="Changes"/> are durable.</summary>
    public void Deliver()
    {
        foreach (var action in _afterCommit)
            action();
    }

    public void Clear()
    {
        _changes.Clear();
        _afterCommit.Clear();
        _events.Clear();
        _toDigest.Clear();
    }
}
