using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Sessions;
using FineWebTorch.Coordinator.Verification;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Checks what a run checks and says what it would have to do; creates nothing.</summary>
internal sealed class DryRunReport(RunOptions options, TextWriter output, TimeProvider time)
{
    private readonly RunSpec _spec = options.Spec;

    /// <returns>The exit code that the run would have if all went well.</returns>
    /// <exception cref="UserErrorException">The run would be refused.</exception>
    public async Task<int> ShowAsync(RunPreparation preparation, CancellationToken cancellationToken)
    {
        CoordinatorServer.DemandFree(options.Listen);
        var forecast = await preparation.ForecastAsync(cancellationToken);
        var estimate = Estimate(forecast, cancellationToken);
        if (options.Json)
            output.WriteLine(JsonSerializer.Serialize(Summarize(forecast, estimate), RunSummary.Json));
        else
            Tell(forecast, estimate);
        return forecast.BadFiles.Count > 0 ? ExitCode.FilesFailed : ExitCode.Success;
    }

    private void Tell(RunForecast forecast, TimeEstimate estimate)
    {
        var files = forecast.Files;
        output.WriteLine(
            $"{NumberText.Count(files.Count, "file")}, {NumberText.Count(files.Sum(file => file.Size), "byte")}, " +
            $"{NumberText.Count(RowsOf(forecast), "row")}, {NumberText.Count(WindowsOf(forecast), "window")} of " +
            $"{_spec.WindowRows} rows");
        if (forecast.IsResumed)
            output.WriteLine(
                $"the run goes on: {NumberText.Count(forecast.RowsScored, "row")} scored, " +
                $"{NumberText.Count(forecast.ShardsDone, "shard")} done");
        output.WriteLine(estimate.Text);
        output.WriteLine($"run folder: {options.RunFolder}; output: {_spec.Output}");
        if (forecast.Earlier > 0)
            output.WriteLine($"{NumberText.Count(forecast.Earlier, "shard")} of another run there would be replaced");
        if (forecast.Note is { } note)
            output.WriteLine(note);
        if (HubPaths.IsHub(_spec.Output))
            output.WriteLine(PublishingText(options.Publish));
        foreach (var line in forecast.Disks.Lines)
            output.WriteLine(line);
        output.WriteLine(
            $"each worker on another machine: up to {NumberText.Size(RunDiskNeeds.OfOtherMachine(forecast.GoodFiles))} " +
            $"in its --cache ({RunDiskNeeds.CopiesPerWorker} input files and a shard at a time)");
        foreach (var file in forecast.BadFiles)
            output.WriteLine($"would fail: {file.Failure}");
    }

    /// <summary>When the shards would be committed to the Hub.</summary>
    internal static string PublishingText(PublishOptions publish)
    {
        var pullRequest = publish.CreatePullRequest
            ? "the pull request, which is not merged"
            : "a pull request that is merged at the end";
        return publish.Mode switch
        {
            PublishMode.Steps => $"publishing: in steps to {pullRequest}",
            PublishMode.Auto => "publishing: all at the end; should shards have to wait for it longer than " +
                $"{NumberText.Duration(publish.Every)}, in steps to {pullRequest} (--publish)",
            _ => "publishing: all at the end",
        };
    }

    private DryRunSummary Summarize(RunForecast forecast, TimeEstimate estimate) => new(
        "dry_run",
        forecast.Files.Count,
        forecast.Files.Sum(file => file.Size),
        RowsOf(forecast),
        forecast.RowsScored,
        WindowsOf(forecast),
        forecast.IsResumed,
        forecast.ShardsDone,
        options.RunFolder,
        _spec.Output,
        forecast.Earlier,
        forecast.Note,
        forecast.Disks.Totals,
        RunDiskNeeds.OfOtherMachine(forecast.GoodFiles),
        estimate.DocumentsPerSecond,
        estimate.Measured?.Device,
        estimate.Seconds,
        [.. forecast.BadFiles.Select(file => new RunSummary.FailedFile(file.Name, file.Failure!))])
    {
        Publish = HubPaths.IsHub(_spec.Output)
            ? JsonNamingPolicy.SnakeCaseLower.ConvertName($"{options.Publish.Mode}")
            : null,
    };

    private TimeEstimate Estimate(RunForecast forecast, CancellationToken cancellationToken)
    {
        var rows = Math.Max(0, RowsOf(forecast) - forecast.RowsScored);
        if (options.DocumentsPerSecond is { } given)
            return TimeEstimate.By(rows, given, measured: null);
        var file = forecast.GoodFiles.FirstOrDefault(file => file.Rows > 0 && !HubPaths.IsHub(file.Path));
        if (forecast.Model is not { } model)
            return TimeEstimate.Unknown("the model is not on this machine yet");
        if (file is null)
            return TimeEstimate.Unknown("the documents are not on this machine");
        return SpeedProbe.Measure(model.Path, _spec, file, time, cancellationToken) is { } measured
            ? TimeEstimate.By(rows, measured.DocumentsPerSecond, measured)
            : TimeEstimate.Unknown("there is no text to try it on");
    }

    private long RowsOf(RunForecast forecast) => forecast.GoodFiles.Sum(file => _spec.RowsOf(file.Rows));

    private long WindowsOf(RunForecast forecast) => forecast.GoodFiles.Sum(file => (long)_spec.WindowsOf(file.Rows));
}

/// <summary>How long a run would take.</summary>
/// <param name="Text">For people.</param>
/// <param name="Measured">Null where the speed was given, or is not known.</param>
internal sealed record TimeEstimate(string Text, double? DocumentsPerSecond, double? Seconds, MeasuredRate? Measured)
{
    public static TimeEstimate By(long rows, double rate, MeasuredRate? measured)
    {
        var duration = NumberText.Duration(TimeSpan.FromSeconds(Math.Min(rows / rate, 1e9)));
        var source = measured is null
            ? "as given by --docs-per-second"
            : $"as measured here on {NumberText.Count(measured.Documents, "document")} ({measured.Device}); " +
                "N such workers need an N-th of it, and --docs-per-second reckons with another speed";
        return new TimeEstimate(
            $"about {duration} at {NumberText.Rate(rate)} docs/s, {source}", Math.Round(rate, 1),
            Math.Round(rows / rate, 1), measured);
    }

    public static TimeEstimate Unknown(string reason) => new(
        $"how long it takes is not known: {reason}; --docs-per-second reckons with the speed of your workers", null,
        null, null);
}

/// <summary>A dry run as JSON.</summary>
/// <param name="Rows">Of files that would not fail.</param>
/// <param name="RowsScored">By an earlier session of this run.</param>
/// <param name="EarlierShards">Of other runs, which would be replaced.</param>
/// <param name="Note">What else would be done on the Hub.</param>
/// <param name="BytesPerWorker">In the cache of each worker on another machine, at most.</param>
/// <param name="DocumentsPerSecond">Null where it is not known.</param>
/// <param name="Device">On which it was measured; null where it was given.</param>
/// <param name="SecondsLeft">Null where it is not known.</param>
internal sealed record DryRunSummary(
    string Event,
    int Files,
    long Bytes,
    long Rows,
    long RowsScored,
    long Windows,
    bool Resumed,
    int ShardsDone,
    string RunFolder,
    string Output,
    int EarlierShards,
    string? Note,
    IReadOnlyList<DiskTotal> Disks,
    long BytesPerWorker,
    double? DocumentsPerSecond,
    string? Device,
    double? SecondsLeft,
    IReadOnlyList<RunSummary.FailedFile> FilesFailing)
{
    /// <summary>As <c>--publish</c> names it; null for an output on this machine.</summary>
    public string? Publish { get; init; }
}
