using System.Text.Json;
using System.Text.Json.Serialization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
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

    /// <summary>Rows without a score by their reason; null where there are none.</summary>
    public IReadOnlyDictionary<string, long>? UnscorableReasons { get; init; }

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
        Encoder = PlainJsonEncoder.Instance,
    };

    public static JsonSerializerOptions IndentedJson { get; } = new(Json) { WriteIndented = true };

    /// <param name="core">Not changing any more.</param>
    /// <param name="ledger">Has the files that are done.</param>
    /// <param name="before">Rows and tokens scored before this session.</param>
    public static RunSummary Create(
        string state, RunCore core, ILedger ledger, RunPlaces places, (long Rows, long Tokens) before, double seconds)
    {
        var snapshot = core.Snapshot(TimeSpan.Zero);
        var shards = new List<FinishedShard>();
        var warnings = new ShardWarnings();
        foreach (var file in core.ReadFinished(ledger))
        {
            shards.Add(new FinishedShard(
                file.Shard!.Name, file.Shard.Size, file.Shard.RowsKept, file.Shard.Sha256));
            warnings.Add(file);
        }

        var rate = seconds > 0 ? 1 / seconds : 0;
        var classes = ClassesOf(core);
        return new RunSummary(
            state, core.Run.RunId, places.RunFolder, core.Spec.Output, core.Run.Model.Id, Dtypes.Name(core.Run.Dtype),
            core.Spec.Keep.ToString(), snapshot.Files, snapshot.FilesDone,
            [.. core.Files.Held.Where(file => file.Stage == FileStage.Failed)
                .Select(file => new FailedFile(file.Record.Name, file.Record.Failure!))],
            snapshot.Rows, snapshot.RowsScored, snapshot.Kept, snapshot.Unscorable, snapshot.Tokens,
            snapshot.RowsComputed - before.Rows, Math.Round(seconds, 3),
            Math.Round((snapshot.RowsComputed - before.Rows) * rate, 1),
            Math.Round((snapshot.TokensComputed - before.Tokens) * rate, 1),
            RowClasses.Computed(classes),
            [.. warnings.Lines],
            shards)
        {
            RowsInFailedFiles = snapshot.RowsInFailed,
            UnscorableReasons = RowClasses.Reasons(classes),
            Quarantined = snapshot.Quarantined.Count > 0 ? snapshot.Quarantined : null,
        };
    }

    /// <summary>Of the files that have not failed.</summary>
    private static Dictionary<string, long> ClassesOf(RunCore core)
    {
        var totals = new ScoreTotals();
        totals.Add(core.Totals);
        totals.Remove(core.Files.TotalsOfFailed);
        return totals.RowsByClass;
    }

    internal sealed record FailedFile(string Name, string Reason);

    internal sealed record FinishedShard(string Name, long Size, long Rows, string Sha256);
}

/// <summary>What shards could not take over from their files, each once, with the file that it is about.</summary>
internal sealed class ShardWarnings
{
    private readonly OrderedDictionary<string, (string First, int Files)> _byText = new(StringComparer.Ordinal);

    public IEnumerable<string> Lines => _byText.Select(same => same.Value.Files == 1
        ? $"{same.Value.First}: {same.Key}"
        : $"{same.Value.First} and {NumberText.Count(same.Value.Files - 1, "file")} more: {same.Key}");

    public void Add(StoredFile file)
    {
        foreach (var text in file.Shard!.Warnings)
            _byText[text] = _byText.TryGetValue(text, out var same)
                ? (same.First, same.Files + 1)
                : (file.Record.Name, 1);
    }
}
