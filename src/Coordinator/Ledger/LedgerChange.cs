using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>One change to a ledger; see <see cref="ILedger.Commit"/>.</summary>
internal abstract record LedgerChange
{
    private LedgerChange()
    {
    }

    /// <summary>The first worker has settled what was left open.</summary>
    public sealed record PrecisionFixed(Dtype Dtype, int TokenBudget) : LedgerChange;

    /// <summary>A person has paused the run, or lets it go on.</summary>
    public sealed record PausedSet(bool Paused) : LedgerChange;

    /// <summary>A person bans workers from the run, or allows them.</summary>
    /// <param name="Name">Or a pattern of names.</param>
    public sealed record BanSet(string Name, bool Banned) : LedgerChange;

    /// <summary>A file more, behind all others.</summary>
    public sealed record FileAdded(FileRecord File) : LedgerChange;

    public sealed record FileDigested(int File, string Sha256) : LedgerChange;

    public sealed record AttemptFailed(FailureRecord Failure) : LedgerChange;

    public sealed record FileFailed(int File, string Reason) : LedgerChange;

    /// <summary>
    /// Describes the file anew and forgets its failures. <paramref name="DropScores"/>: its content is another one.
    /// </summary>
    public sealed record FileReplaced(FileRecord File, bool DropScores) : LedgerChange;

    public sealed record LeaseGranted(LeaseRecord Lease) : LedgerChange;

    public sealed record LeaseShrunk(ulong Fence, int End) : LedgerChange;

    public sealed record LeaseClosed(ulong Fence) : LedgerChange;

    public sealed record BatchStored(BatchRecord Batch) : LedgerChange;

    /// <summary>Adds to what the worker has scored of the file before.</summary>
    public sealed record WorkDone(WorkRecord Work) : LedgerChange;

    /// <summary>Takes the place of the window's batches.</summary>
    /// <param name="Scores">One a row, in row order.</param>
    public sealed record WindowCompleted(WindowRecord Window, float[] Scores) : LedgerChange;

    /// <summary>A shard has arrived whole; it is about to be moved to its place.</summary>
    public sealed record ShardPrepared(ShardRecord Shard) : LedgerChange;

    /// <summary>It could not be moved to its place.</summary>
    public sealed record ShardDropped(int File) : LedgerChange;

    /// <summary>Also puts totals in the place of the file's windows; the scores stay.</summary>
    public sealed record ShardDone(int File) : LedgerChange;

    public sealed record PublicationNoted(PublicationRecord Publication) : LedgerChange;

    public sealed record PullRequestNoted(PullRequestRecord PullRequest) : LedgerChange;

    public sealed record ShardsCommitted(int PullRequest, IReadOnlyList<int> Files) : LedgerChange;

    /// <summary>Takes the failures of the worker back from the files that they were charged to.</summary>
    public sealed record WorkerQuarantined(QuarantineRecord Quarantine) : LedgerChange;

    public sealed record WorkerAllowed(string WorkerId) : LedgerChange;

    /// <summary>In the place of what was known of the window.</summary>
    public sealed record SuspectNoted(SuspectRecord Suspect) : LedgerChange;

    /// <summary>Every row of the window has a score, or a reason for none.</summary>
    public sealed record SuspectCleared(int File, int Window) : LedgerChange;
}
