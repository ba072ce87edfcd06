using System.Text.Json;
using System.Text.Json.Serialization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>How a run stands at the end of a session; also what <c>run-summary.json</c> holds.</summary>
/// <param name="State">finished, interrupted or publishing.</param>
/// <param name="RowsScored">Of the files that have not failed, as all counts are that follow.</param>
/// <param name="RowsScoredNow">
/// In this session alone, as are <paramref name="Seconds"/> and the rates; also of files that failed then.
/// </param>
internal sealed record RunSummary(
    string State,
    string RunId,
    string RunFolder,
    string Output,
    string Model,
    string Dtype,
    string Keep,
    int Files,
    int FilesDone,
    IReadOnlyList<RunSummary.FailedFile> FilesFailed,
    long Rows,
    long RowsScored,
    long RowsKept,
    long RowsUnscorable,
    long Tokens,
    long RowsScoredNow,
    double Seconds,
    double DocumentsPerSecond,
    double TokensPerSecond,
    IReadOnlyDictionary<string, long> NumericClasses,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<RunSummary.FinishedShard> Shards)
{
    /// <summary>Pages of the commits that published the run; null for a run that is not published (yet).</summary>
    public IReadOnlyList<string>? Commits { get; init; }

    /// <summary>
    /// Rows that were scored of files before these failed. Not among <see cref="RowsScored"/>, as these files' rows are
    /// not among <see cref="Rows"/>; they need not be scored again when the files are tried again.
    /// </summary>
    public long RowsInFailedFiles { get; init; }

    /// <summary>Workers that get no work, and why; null where there are none.</summary>
    public IReadOnlyList<QuarantinedWorker>? Quarantined { get; init; }

    /// <summary>Why nothing was published.</summary>
    public string? NotPublished { get; init; }

    /// <summary>Of a run that is not published yet; null where it has committed none.</summary>
    public SafeShards? Safe { get; init; }

    /// <summary>How JSON looks wherever this program writes it.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static JsonSerializerOptions IndentedJson { get; } = new(Json) { WriteIndented = true };

    /// <param name="core">Not changing any more.</param>
    /// <param name="before">Rows and tokens scored before this session.</param>
    public static RunSummary Create(
        string state, RunCore core, RunPlaces places, (long Rows, long Tokens) before, double seconds)
    {
        var snapshot = core.Snapshot(TimeSpan.Zero);
        var rate = seconds > 0 ? 1 / seconds : 0;
        return new RunSummary(
            state, core.Run.RunId, places.RunFolder, core.Spec.Output, core.Run.Model.Id, Dtypes.Name(core.Run.Dtype),
            core.Spec.Keep.ToString(), snapshot.Files, snapshot.FilesDone,
            [.. core.Files.Where(file => file.Stage == FileStage.Failed)
                .Select(file => new FailedFile(file.Record.Name, file.Record.Failure!))],
            snapshot.Rows, snapshot.RowsScored, snapshot.Kept, snapshot.Unscorable, snapshot.Tokens,
            snapshot.RowsComputed - before.Rows, Math.Round(seconds, 3),
            Math.Round((snapshot.RowsComputed - before.Rows) * rate, 1),
            Math.Round((snapshot.TokensComputed - before.Tokens) * rate, 1),
            ClassesOf(core),
            [.. WarningsOf(core)],
            [.. core.FinishedShards
                .Select(shard => new FinishedShard(shard.Name, shard.Size, shard.RowsKept, shard.Sha256))])
        {
            RowsInFailedFiles = snapshot.RowsInFailed,
            Quarantined = snapshot.Quarantined.Count > 0 ? snapshot.Quarantined : null,
        };
    }

    private static Dictionary<string, long> ClassesOf(RunCore core)
    {
        var totals = new ScoreTotals();
        foreach (var file in core.Files.Where(file => file.Stage != FileStage.Failed))
            totals.Add(file.Totals);
        return totals.RowsByClass;
    }

    /// <summary>Each once, with the file that it is about.</summary>
    private static IEnumerable<string> WarningsOf(RunCore core) => core.Files
        .SelectMany(file => (file.Shard?.Warnings ?? []).Select(text => (file.Record.Name, Text: text)))
        .GroupBy(warning => warning.Text, warning => warning.Name, StringComparer.Ordinal)
        .Select(same => same.Count() == 1
            ? $"{same.First()}: {same.Key}"
            : $"{same.First()} and {NumberText.Count(same.Count() - 1, "file")} more: {same.Key}");

    internal sealed record FailedFile(string Name, string Reason);

    internal sealed record FinishedShard(string Name, long Size, long Rows, string Sha256);
}

/// <summary>A run at one moment, for those who watch it.</summary>
/// <param name="FilesDone">Files whose shards are in their places.</param>
/// <param name="Rows">Rows of the files that have not failed.</param>
/// <param name="RowsScored">Of the same files, with those of earlier sessions of this run; so are the next counts.</param>
/// <param name="Awaited">Workers with work from an earlier session of this run that have not come back.</param>
internal sealed record RunSnapshot(
    TimeSpan Elapsed,
    int Files,
    int FilesDone,
    int FilesFailed,
    long Rows,
    long RowsScored,
    long Kept,
    long Unscorable,
    long Tokens,
    IReadOnlyList<WorkerSnapshot> Workers,
    int Sessions,
    int Awaited)
{
    /// <summary>By a person.</summary>
    public bool Paused { get; init; }

    /// <summary>Workers that a person has banned: their names, or patterns of names.</summary>
    public IReadOnlyList<string> Banned { get; init; } = [];

    /// <summary>Rows that were scored of files before these failed.</summary>
    public long RowsInFailed { get; init; }

    public long TokensInFailed { get; init; }

    /// <summary>Never fewer than before: what rates are reckoned by.</summary>
    public long RowsComputed => RowsScored + RowsInFailed;

    /// <inheritdoc cref="RowsComputed"/>
    public long TokensComputed => Tokens + TokensInFailed;

    /// <summary>
    /// For so long the best of the first workers is waited for, which settles precision and token budget; null while there
    /// is none, and once that is done.
    /// </summary>
    public TimeSpan? Settling { get; init; }

    /// <summary>Files that someone scores or whose shards someone builds.</summary>
    public int FilesInWork { get; init; }

    /// <summary>Workers that get no work, also those that have left.</summary>
    public IReadOnlyList<QuarantinedWorker> Quarantined { get; init; } = [];

    /// <summary>Why nobody works, where all who are here are quarantined.</summary>
    public string? Standstill { get; init; }

    /// <summary>Null where no shard is committed yet.</summary>
    public SafeShards? Safe { get; init; }
}

/// <summary>Shards that the Hub's storage does not drop any more, though nobody sees them yet.</summary>
/// <param name="Revision">Of the pull request that holds them.</param>
internal sealed record SafeShards(int Shards, string Revision)
{
    /// <param name="files">Of the run.</param>
    public string Of(int files) =>
        $"{NumberText.Count(Shards)} of {NumberText.Count(files, "shard")} {(Shards == 1 ? "is" : "are")} safe on {Revision}";
}

/// <summary>A worker that gets no work.</summary>
internal sealed record QuarantinedWorker(string Worker, string Reason);

/// <summary>A worker at one moment.</summary>
/// <param name="Doing">What it holds, for people.</param>
internal sealed record WorkerSnapshot(
    string Id, string Name, string Device, bool Connected, long Rows, string Doing)
{
    /// <summary>Share of the last half minute that its device computed, 0 to 1; null while it is not known.</summary>
    public double? Busy { get; init; }

    /// <summary>Why it gets no work; null where it may.</summary>
    public string? Quarantine { get; init; }

    /// <summary>It has been told to give its work back and end.</summary>
    public bool Leaving { get; init; }

    /// <summary>What it holds, the oldest first.</summary>
    public IReadOnlyList<WorkSnapshot> Work { get; init; } = [];
}

/// <summary>What a worker does with a file.</summary>
/// <param name="File">The input's name; the shard's where <paramref name="IsBuild"/>.</param>
/// <param name="IsBuild">It writes the shard; else it scores.</param>
/// <param name="RowsScored">Of the file, by all workers.</param>
/// <param name="Rows">Of the file, as many as belong to the run.</param>
internal sealed record WorkSnapshot(string File, bool IsBuild, long RowsScored, long Rows)
{
    public override string ToString() => IsBuild
        ? $"writing {File}"
        : $"{File} {NumberText.Count(RowsScored)}/{NumberText.Count(Rows)} rows";
}
