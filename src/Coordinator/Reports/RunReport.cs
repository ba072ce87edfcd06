using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Verification;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>What a person wants of a report.</summary>
/// <param name="Examples">Documents of each score; 0 for none.</param>
/// <param name="PricePerHour">Of one worker; null for no cost.</param>
internal sealed record ReportOptions(int Examples, double? PricePerHour);

/// <summary>
/// Writes the report of a run that is over, into its folder and into a local output. It costs no run: where it cannot
/// be written, that is told in a line.
/// </summary>
/// <param name="place">Of the dataset.</param>
/// <param name="time">For time-outs.</param>
internal sealed class RunReport(
    RunCore core, ILedger ledger, RunPlaces places, CardPlace place, RowFiles rows, ReportOptions options,
    TimeProvider time)
{
    /// <summary>What the session has cost, as its page has shown it.</summary>
    public double? SessionCost { get; init; }

    /// <param name="summary">Of the session that ends.</param>
    /// <param name="toOutput">The output is a folder of this machine that has the run's shards by now.</param>
    public async Task<WrittenReport> WriteAsync(RunSummary summary, bool toOutput, CancellationToken cancellationToken)
    {
        try
        {
            var path = RunPlaces.ReportOf(places.RunFolder);
            var key = KeyOf(summary);
            if (Earlier(path, summary, key) is not { } report)
            {
                var content = await ReadAsync(summary, key, cancellationToken);
                report = new WrittenReport(ReportPage.Write(content), content.Examples.Problem is { } problem
                    ? $"texts are missing in {path}: {problem}"
                    : null);
                AtomicFile.Write(path, report.Content);
            }

            return toOutput ? report with { Problem = report.Problem ?? Place(report.Content!) } : report;
        }
        // Whatever it is: the shards are there, and the run has done what it was to do.
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return new WrittenReport(null, $"there is no report: {ErrorLine.Describe(failure).Line}");
        }
    }

    /// <summary>
    /// One of an earlier session of which this one has changed nothing. A publication that was interrupted then goes on
    /// with the same bytes, and knows its own commit.
    /// </summary>
    private static WrittenReport? Earlier(string path, RunSummary summary, string key)
    {
        if (summary.RowsScoredNow > 0 || !File.Exists(path))
            return null;
        var written = File.ReadAllBytes(path);
        return ReportPage.HasKey(written, key) ? new WrittenReport(written, null) : null;
    }

    /// <returns>Why it is not there; null where it is.</returns>
    private string? Place(byte[] report)
    {
        var path = RunPlaces.ReportOf(places.Output);
        if (File.Exists(path) && !ReportPage.IsReport(File.ReadAllBytes(path)))
            return $"{path} is somebody else's and stays; the report is in {places.RunFolder}";
        AtomicFile.Write(path, report, places.Staging);
        return null;
    }

    private async Task<ReportContent> ReadAsync(RunSummary summary, string key, CancellationToken cancellationToken)
    {
        var work = new RunWork(ledger.ReadFiles().SelectMany(file => file.Work));
        var done = core.Files.Conditions().Index()
            .Where(file => file.Item == FileCondition.Done).Select(file => file.Index);
        var examples = await new ReportExamples(ledger, core.Spec, core.Run.RunId, rows, time)
            .ReadAsync(done, options.Examples, cancellationToken);
        return new ReportContent(
            place, core.Run, core.Spec, summary, ledger.ReadFile(0).Record.Path, core.Snapshot(TimeSpan.Zero).Scores,
            work, examples)
        {
            PricePerHour = options.PricePerHour,
            SessionCost = SessionCost,
            Key = examples.Problem is null ? key : null,
        };
    }

    /// <summary>Of what may change between two sessions that score nothing.</summary>
    private string KeyOf(RunSummary summary) => Sha256.Of(string.Concat(
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"{ProgramVersion.Current}\n{summary.RunId}\n{options.Examples}\n{options.PricePerHour:R}\n"),
        .. summary.Shards.Select(shard => $"{shard.Name}={shard.Sha256}\n"),
        .. summary.FilesFailed.Select(file => $"{file.Name}: {file.Reason}\n"),
    ]));
}

/// <param name="Content">Null where there is none.</param>
/// <param name="Problem">What is missing, in a line; null where nothing is.</param>
internal sealed record WrittenReport(byte[]? Content, string? Problem);
