using System.Text.Json.Serialization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Sums up how a run stands. Takes as long as there are workers, not files.</summary>
internal sealed class RunSnapshots(
    RunState state, RunSpec spec, ScoreStore scores, WorkerRegistry workers, Quarantine quarantine, RunControls controls,
    Settling settling)
{
    public RunSnapshot Take(TimeSpan now)
    {
        var (files, totals) = (state.Files, scores.Totals);
        var lost = files.TotalsOfFailed;
        return new RunSnapshot(
            now,
            files.Count,
            files.CountOf(FileStage.Done),
            files.CountOf(FileStage.Failed),
            files.Rows,
            totals.Rows - lost.Rows,
            totals.Kept - lost.Kept,
            totals.Unscorable - lost.Unscorable,
            totals.Tokens - lost.Tokens,
            [.. state.Workers.Values.OrderBy(worker => worker.Name, StringComparer.Ordinal).Select(worker => Describe(worker, now))],
            workers.Connected,
            workers.Awaited)
        {
            Paused = state.Paused,
            FilesSkipped = files.CountOf(FileCondition.Skipped),
            FilesWaiting = files.CountOf(FileCondition.Waiting),
            FilesWorking = files.CountOf(FileCondition.Working),
            FilesBuilding = files.CountOf(FileCondition.Building),
            Scores = ScoreHistogram.Of(totals.Scores, lost.Scores),
            Bytes = files.Bytes,
            BytesDone = files.BytesDone,
            Banned = controls.Bans,
            FilesInWork = files.InWork,
            Quarantined = [.. quarantine.Records.Select(record => new QuarantinedWorker(record.Worker, record.Reason))],
            Standstill = files.AllEnded ? null : quarantine.Standstill,
            Settling = settling.Until - now,
            RowsInFailed = lost.Rows,
            TokensInFailed = lost.Tokens,
            KeptFrom = spec.Keep.LowestScore,
        };
    }

    /// <summary>What a lease is for.</summary>
    public WorkSnapshot Describe(RunLease lease)
    {
        var file = state.Files[lease.File];
        var isBuild = lease.Kind == LeaseKind.Build;
        return new WorkSnapshot(
            isBuild ? file.Record.ShardName : file.Record.Name, isBuild, file.Totals.Rows, file.Rows);
    }

    private WorkerSnapshot Describe(RunWorker worker, TimeSpan now)
    {
        var work = worker.Leases.Select(Describe).ToList();
        return new WorkerSnapshot(
            worker.Id, worker.Name, worker.DeviceName, worker.Connected, worker.RowsStored, string.Join(", ", work))
        {
            DeviceKind = worker.Hello?.DeviceKind ?? "",
            Leaving = worker.IsLeaving,
            Phases = worker.Use.Phases,
            Told = worker.Use.Totals,
            Figures = worker.Use.Figures,
            Work = work,
            Quarantine = worker.Quarantine,
            NumericClass = worker.NumericClass,
            Failures = worker.Failures,
            SinceProgress = now > worker.ProgressAt ? now - worker.ProgressAt : TimeSpan.Zero,
        };
    }
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

    /// <summary>Among those that have failed: a person has left them out.</summary>
    public int FilesSkipped { get; init; }

    /// <summary>Nobody scores them now, and scores are missing.</summary>
    public int FilesWaiting { get; init; }

    /// <summary>Somebody scores them.</summary>
    public int FilesWorking { get; init; }

    /// <summary>All their scores are there, and their shards are not in their places.</summary>
    public int FilesBuilding { get; init; }

    /// <summary>Of the files that have not failed.</summary>
    public ScoreHistogram Scores { get; init; } = new([], []);

    /// <summary>The score from which on rows are kept; null where all with a score are.</summary>
    public double? KeptFrom { get; init; }

    /// <summary>Of the input files that have not failed.</summary>
    public long Bytes { get; init; }

    /// <summary>Of those that are done.</summary>
    public long BytesDone { get; init; }

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

/// <summary>How the scores so far are spread.</summary>
/// <param name="Counts">Rows in bins of a tenth from 0 on; lower ones are in the first, those from 5 on in the last.
/// </param>
/// <param name="KeptAt">Rows with at least a score of 0, 0.5, 1 … 5.</param>
internal sealed record ScoreHistogram(IReadOnlyList<long> Counts, IReadOnlyList<long> KeptAt)
{
    private const int TenthsOfStep = 5;

    public static ScoreHistogram Of(ScoreCounts all, ScoreCounts lost) => new(
        [.. Enumerable.Range(0, ScoreCounts.Bins).Select(bin => all[bin] - lost[bin])],
        [.. Enumerable.Range(0, (ScoreCounts.Bins / TenthsOfStep) + 1)
            .Select(step => all.From(step * TenthsOfStep) - lost.From(step * TenthsOfStep))]);
}

/// <summary>A worker that gets no work.</summary>
internal sealed record QuarantinedWorker(string Worker, string Reason);

/// <summary>A worker at one moment.</summary>
/// <param name="Doing">What it holds, for people.</param>
internal sealed record WorkerSnapshot(
    string Id, string Name, string Device, bool Connected, long Rows, string Doing)
{
    /// <summary>Where the time of its device went in the last half minute; null while it is not known.</summary>
    public DevicePhases? Phases { get; init; }

    /// <summary>Share of the last half minute that its device computed, 0 to 1; null while it is not known.</summary>
    public double? Busy => Phases?.Busy;

    /// <summary>Of its device, that is in use, 0 to 1; null while it is not known.</summary>
    [JsonIgnore]
    public double? MemoryShare =>
        Figures is { MemoryUsed: { } used, MemoryTotal: > 0 and { } total } ? Math.Min(1, (double)used / total) : null;

    /// <summary>What it has told of itself; null before its first heartbeat.</summary>
    public WorkerTotals? Told { get; init; }

    /// <summary>What its device's own counters say; null where it can read none.</summary>
    public DeviceFigures? Figures { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>mps</c>; empty of one that is expected back.</summary>
    public string DeviceKind { get; init; } = "";

    /// <summary>Why it gets no work; null where it may.</summary>
    public string? Quarantine { get; init; }

    /// <summary>It has been told to give its work back and end.</summary>
    public bool Leaving { get; init; }

    /// <summary>Equal ones promise equal bits of scores; empty while it is not known.</summary>
    public string NumericClass { get; init; } = "";

    /// <summary>Attempts of it that came to nothing, since this coordinator was started.</summary>
    public int Failures { get; init; }

    /// <summary>Since something was last done for one of its leases, or it was given one.</summary>
    public TimeSpan SinceProgress { get; init; }

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
