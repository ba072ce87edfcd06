using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Tests.Ledger;

/// <summary>A ledger that may be held up, or fail, while it commits.</summary>
internal sealed class GatedLedger(ILedger ledger) : ILedger
{
    private volatile Action<IReadOnlyList<LedgerChange>> _committing = _ => { };

    /// <summary>Called with the changes before any of them is in the ledger; may wait or throw.</summary>
    public Action<IReadOnlyList<LedgerChange>> Committing
    {
        set => _committing = value;
    }

    public bool IsLed => ledger.IsLed;

    public LedgerContents? Load() => ledger.Load();

    public void Create(RunRecord run, IReadOnlyList<FileRecord> files) => ledger.Create(run, files);

    public void Commit(IReadOnlyList<LedgerChange> changes)
    {
        _committing(changes);
        ledger.Commit(changes);
    }

    public IEnumerable<(int Window, float[] Scores)> ReadScores(int file) => ledger.ReadScores(file);

    public IReadOnlyList<ShardRecord> ReadUncommittedShards() => ledger.ReadUncommittedShards();

    public StoredFile ReadFile(int file) => ledger.ReadFile(file);

    public IEnumerable<StoredFile> ReadFiles() => ledger.ReadFiles();

    public void Dispose() => ledger.Dispose();
}
