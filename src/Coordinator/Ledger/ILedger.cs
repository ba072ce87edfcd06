namespace FineWebTorch.Coordinator.Ledger;

/// <summary>
/// The coordinator's only durable state. What <see cref="Commit"/> has returned from survives any crash; what it has
/// not is wholly there or wholly absent.
/// </summary>
internal interface ILedger : IDisposable
{
    /// <summary>
    /// All of one moment. Of files that are done only what they come to is read, and of any other that has had a shard no
    /// window.
    /// </summary>
    /// <returns>Null for a ledger in which no run has been created yet.</returns>
    LedgerContents? Load();

    void Create(RunRecord run, IReadOnlyList<FileRecord> files);

    /// <summary>Applies the changes in order, in one transaction. Called by one thread at a time.</summary>
    /// <exception cref="IOException">The ledger cannot be written to; none of the changes is in it.</exception>
    void Commit(IReadOnlyList<LedgerChange> changes);

    /// <summary>
    /// The scores of a file's complete windows in row order. Any thread, also while changes are committed. Between two
    /// windows nothing is held open, so that a slow reader costs nobody anything: what is committed before it comes to
    /// a window is in it.
    /// </summary>
    IEnumerable<(int Window, float[] Scores)> ReadScores(int file);

    /// <summary>Finished shards that no pull request holds, in the order of files. Any thread.</summary>
    IReadOnlyList<ShardRecord> ReadUncommittedShards();

    /// <summary>A file of the run. Any thread.</summary>
    StoredFile ReadFile(int file);

    /// <summary>
    /// All files of the run in their order, some at a time: there may be tens of thousands. Any thread; nothing is held
    /// open in between.
    /// </summary>
    IEnumerable<StoredFile> ReadFiles();

    /// <summary>Whether a coordinator, on whatever machine, is known to work on the run. Any thread.</summary>
    bool IsLed { get; }
}
