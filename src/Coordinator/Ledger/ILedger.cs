namespace FineWebTorch.Coordinator.Ledger;

/// <summary>
/// The coordinator's only durable state. What <see cref="Commit"/> has returned from survives any crash; what it has
/// not is wholly there or wholly absent.
/// </summary>
internal interface ILedger : IDisposable
{
    /// <returns>Null for a ledger in which no run has been created yet.</returns>
    LedgerContents? Load();

    void Create(RunRecord run, IReadOnlyList<FileRecord> files);

    /// <summary>Applies the changes in order, in one transaction. Called by one thread at a time.</summary>
    void Commit(IReadOnlyList<LedgerChange> changes);

    /// <summary>
    /// The scores of a file's complete windows in row order. Any thread, also while changes are committed.
    /// </summary>
    IEnumerable<(int Window, float[] Scores)> ReadScores(int file);
}
