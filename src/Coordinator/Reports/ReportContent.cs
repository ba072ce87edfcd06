using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>What a report says.</summary>
/// <param name="Place">Where the dataset is.</param>
/// <param name="Summary">Of the session at whose end it is made.</param>
/// <param name="Source">Path of the run's first input file.</param>
/// <param name="Scores">Of the files that have not failed.</param>
/// <param name="Work">Of all sessions.</param>
/// <param name="Examples">Of each score.</param>
internal sealed record ReportContent(
    CardPlace Place, RunRecord Run, RunSpec Spec, RunSummary Summary, string Source, ScoreHistogram Scores,
    RunWork Work, ExampleBands Examples)
{
    /// <summary>Of one worker; null where nobody has told.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>What the session has cost, as the page has shown it; null where it is not known.</summary>
    public double? SessionCost { get; init; }

    /// <summary>Of all that is said, so that it is not written anew; null where that is to be tried again.</summary>
    public string? Key { get; init; }

    /// <summary>All has been scored in this session, whose end has told speed and time.</summary>
    public bool IsOneSession =>
        Summary.RowsScoredNow > 0 && Summary.RowsScoredNow == Summary.RowsScored + Summary.RowsInFailedFiles;

    /// <summary>Null where there is too little to tell.</summary>
    public TimeSpan? Time => IsOneSession ? TimeSpan.FromSeconds(Summary.Seconds)
        : Work.Time >= TimeSpan.FromSeconds(1) ? Work.Time
        : null;

    /// <summary>Null where the time is.</summary>
    public double? DocumentsPerSecond =>
        IsOneSession ? Summary.DocumentsPerSecond : Work.Rows / Time?.TotalSeconds;

    /// <inheritdoc cref="DocumentsPerSecond"/>
    /// <remarks>Tokens of files that have failed are not known any more: as many a document as of the others.</remarks>
    public double? TokensPerSecond => IsOneSession ? Summary.TokensPerSecond
        : Summary.RowsScored > 0 ? DocumentsPerSecond * Summary.Tokens / Summary.RowsScored
        : null;

    /// <summary>Null where no price is known.</summary>
    public double? Cost => PricePerHour is not { } price ? null
        : IsOneSession && SessionCost is { } told ? told
        : price * Work.WorkerTime.TotalHours;
}
