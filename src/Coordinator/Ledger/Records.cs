using System.Text.Json.Serialization;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>What a run is, as the ledger keeps it.</summary>
/// <param name="Options">The options that a run may not change, by their names on the command line.</param>
/// <param name="Dtype">Unspecified until the first worker fixes it.</param>
/// <param name="TokenBudget">0 until the first worker fixes it.</param>
internal sealed record RunRecord(
    string RunId,
    IReadOnlyDictionary<string, string> Options,
    ModelRecord Model,
    Dtype Dtype,
    int TokenBudget,
    string ProgramVersion);

/// <summary>The classifier of a run.</summary>
/// <param name="Id">Repository id or folder, as the user named it.</param>
/// <param name="Revision">Commit; empty for a local folder.</param>
/// <param name="Path">Absolute folder.</param>
/// <param name="Digest">Over names and digests of the files, lower-case hex.</param>
internal sealed record ModelRecord(
    string Id, string Revision, string Path, string Digest, IReadOnlyList<ModelFileRecord> Files)
{
    /// <summary>Of a local folder its name alone: where it lies on someone's machine is nobody's business.</summary>
    [JsonIgnore]
    public string PublicName => Revision.Length > 0 ? Id : System.IO.Path.GetFileName(Path);
}

internal sealed record ModelFileRecord(string Name, long Size, string Sha256);

/// <summary>An input file of the run.</summary>
/// <param name="Index">
/// Place in the run: in the ordinal order of names, but for files that were added to the run, which come after.
/// </param>
/// <param name="Name">Below the input folder, on the Hub in the repository, '/'-separated.</param>
/// <param name="Path">Absolute, or an hf:// path that names a commit.</param>
/// <param name="ModifiedTicks">Last write, UTC ticks.</param>
/// <param name="Sha256">Lower-case hex; null until someone has computed it.</param>
/// <param name="Rows">Rows in the file, whether or not all of them are to be scored.</param>
/// <param name="ShardName">Path of its shard below the output folder, '/'-separated.</param>
/// <param name="Failure">Why it has failed; null unless it has.</param>
internal sealed record FileRecord(
    int Index,
    string Name,
    string Path,
    long Size,
    long ModifiedTicks,
    string? Sha256,
    long Rows,
    string ShardName,
    string? Failure)
{
    /// <summary>The <see cref="Failure"/> of a file that a person has left out: it is not tried again by itself.</summary>
    public const string Skipped = "skipped by a person";

    /// <summary>A digest over its columns, so that files of other columns are known; null for one that has failed.
    /// </summary>
    public string? Columns { get; init; }

    /// <summary>How shards name their input: on the Hub with repository and commit, here without the machine.</summary>
    public string Origin => HubPaths.IsHub(Path) ? Path : Name;
}

/// <summary>An attempt on a file that came to nothing.</summary>
internal sealed record FailureRecord(int File, string WorkerId, string Worker, string Reason)
{
    /// <summary>What was attempted.</summary>
    public LeaseKind Kind { get; init; } = LeaseKind.Score;

    public LeaseEnded.Types.Fault Fault { get; init; }

    /// <summary>On which it was.</summary>
    public string Machine { get; init; } = "";
}

internal sealed record LeaseRecord(ulong Fence, LeaseKind Kind, int File, WindowRange Windows, string WorkerId);

/// <summary>What a worker was asked to do. The numbers are stored in the ledger.</summary>
internal enum LeaseKind
{
    Score = 1,
    Build = 2,
}

/// <summary>Consecutive windows of one file.</summary>
/// <param name="End">One past the last.</param>
internal readonly record struct WindowRange(int First, int End)
{
    public int Count => End - First;

    public bool Contains(int window) => window >= First && window < End;

    public bool Overlaps(WindowRange other) => First < other.End && other.First < End;

    public override string ToString() => $"[{First}, {End})";
}

/// <summary>A window with all its scores, which lie beside it in the ledger.</summary>
/// <param name="RowsByClass">How many rows each numeric class has scored.</param>
internal sealed record WindowRecord(
    int File,
    int Window,
    long Rows,
    long Kept,
    long Unscorable,
    long Tokens,
    IReadOnlyDictionary<string, long> RowsByClass)
{
    /// <summary>As the ledger has read them.</summary>
    public ScoreCounts Scores { get; init; } = new();
}

/// <summary>What the windows of a file come to, all of which are complete; in their place from its first shard on.
/// </summary>
/// <param name="RowsByClass">How many rows each numeric class has scored. An array: there may be 50,000 such files.
/// </param>
internal sealed record FileTotalsRecord(
    int File,
    int Windows,
    long Rows,
    long Kept,
    long Unscorable,
    long Tokens,
    KeyValuePair<string, long>[] RowsByClass)
{
    public ScoreCounts Scores { get; init; } = new();
}

/// <summary>Scores of some rows of a window.</summary>
/// <param name="Rows">Within the window.</param>
/// <param name="Scores">One for each of <paramref name="Rows"/>.</param>
/// <param name="Tokens">With [CLS] and [SEP].</param>
internal sealed record BatchRecord(
    int File, int Window, IReadOnlyList<uint> Rows, float[] Scores, string NumericClass, long Tokens);

/// <summary>A shard that has been handed over.</summary>
/// <param name="Fence">Of the build lease it came under.</param>
/// <param name="Done">False while it is being moved to its place in the output folder.</param>
internal sealed record ShardRecord(
    int File,
    string Name,
    ulong Fence,
    long Size,
    string Sha256,
    long RowsIn,
    long RowsKept,
    long RowsUnscorable,
    IReadOnlyList<string> Warnings,
    bool Done)
{
    /// <summary>Of its rows in memory, about.</summary>
    public long ArrowBytes { get; init; }

    /// <summary>When it was handed over.</summary>
    public DateTimeOffset Built { get; init; }

    /// <summary>The number of the pull request that it is committed to; null for none yet.</summary>
    public int? PullRequest { get; init; }
}

/// <summary>What one worker has scored of a file.</summary>
/// <param name="Worker">For people: host and device.</param>
/// <param name="Rows">So many.</param>
/// <param name="First">When the first of these scores came.</param>
/// <param name="Last">When the last of them came.</param>
internal sealed record WorkRecord(
    int File, string WorkerId, string Worker, string Device, long Rows, DateTimeOffset First, DateTimeOffset Last)
{
    /// <summary>By when they began.</summary>
    public static IReadOnlyList<WorkRecord> InOrder(IEnumerable<WorkRecord> work) =>
        [.. work.OrderBy(one => one.First).ThenBy(one => one.WorkerId, StringComparer.Ordinal)];
}

/// <summary>A worker that gets no work.</summary>
/// <param name="Worker">For people: host and device.</param>
internal sealed record QuarantineRecord(string WorkerId, string Worker, string Reason);

/// <summary>A window over which workers have ended.</summary>
/// <param name="Ends">In a row without progress: over the window while there are no groups, else over the first one.
/// </param>
/// <param name="Unstored">Rows without a score at the last end over the whole window.</param>
/// <param name="Groups">Rows that are to be scored apart, in this order; none: as any window.</param>
internal sealed record SuspectRecord(
    int File, int Window, int Ends, int Unstored, IReadOnlyList<IReadOnlyList<int>> Groups);

/// <summary>That a run's shards have been published.</summary>
/// <param name="Content">A digest over names and digests of the shards.</param>
/// <param name="Commits">Pages of the commits.</param>
internal sealed record PublicationRecord(string Content, IReadOnlyList<string> Commits);

/// <summary>The pull request to which a run commits shards before its end.</summary>
/// <param name="Mark">Drawn at random; the description of its first commit holds it.</param>
/// <param name="Number">Null: it is being opened, or has been.</param>
internal sealed record PullRequestRecord(string Mark, int? Number);

/// <summary>All of a ledger but the scores of complete windows, and files that are done.</summary>
/// <param name="Files">That are not done, in their order; also what follows is of these alone.</param>
/// <param name="Windows">Of files without <see cref="Totals"/>.</param>
/// <param name="Shards">That are on their way to their places.</param>
internal sealed record LedgerContents(
    RunRecord Run,
    IReadOnlyList<FileRecord> Files,
    IReadOnlyList<FailureRecord> Failures,
    IReadOnlyList<LeaseRecord> Leases,
    IReadOnlyList<WindowRecord> Windows,
    IReadOnlyList<BatchRecord> Batches,
    IReadOnlyList<ShardRecord> Shards)
{
    public FinishedFiles Finished { get; init; } = FinishedFiles.None;

    /// <summary>Of all files.</summary>
    public int FileCount => Files.Count + Finished.Files.Count;

    /// <summary>Workers that get no work.</summary>
    public IReadOnlyList<QuarantineRecord> Quarantined { get; init; } = [];

    /// <summary>Windows over which workers have ended.</summary>
    public IReadOnlyList<SuspectRecord> Suspects { get; init; } = [];

    /// <summary>Null while nothing was published.</summary>
    public PublicationRecord? Publication { get; init; }

    /// <summary>Null while none was opened.</summary>
    public PullRequestRecord? PullRequest { get; init; }

    /// <summary>One a file that has had a shard, whether or not that is still there. In the order of files.</summary>
    public IReadOnlyList<FileTotalsRecord> Totals { get; init; } = [];

    /// <summary>By a person.</summary>
    public bool Paused { get; init; }

    /// <summary>Names of workers that a person has banned, or patterns of names.</summary>
    public IReadOnlyList<string> Bans { get; init; } = [];

    /// <inheritdoc cref="ILedger.ReadScores"/>
    public Func<int, IEnumerable<(int Window, float[] Scores)>> ReadScores { get; init; } = _ => [];

    /// <summary>By file, in the order in which workers began.</summary>
    public IReadOnlyList<WorkRecord> Work { get; init; } = [];

    /// <summary>The last work of each worker that holds a lease: who it is.</summary>
    public IReadOnlyList<WorkRecord> Holders { get; init; } = [];
}
