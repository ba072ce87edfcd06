using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>What a dry run asks.</summary>
internal sealed partial class RunPreparation
{
    /// <summary>Refuses what <see cref="PrepareAsync"/> refuses, and creates nothing.</summary>
    /// <exception cref="UserErrorException">The run could not start, or is not the one that the folder holds.</exception>
    public async Task<RunForecast> ForecastAsync(CancellationToken cancellationToken)
    {
        RunLock.DemandFree(options.RunFolder);
        _folder?.DemandFree();
        using var ledger = Place.OpenReadOnly();
        return ledger?.Load() is { } contents
            ? await ForecastResumedAsync(ledger, contents, cancellationToken)
            : await ForecastNewAsync(cancellationToken);
    }

    private async Task<RunForecast> ForecastNewAsync(CancellationToken cancellationToken)
    {
        var files = await InspectNewAsync(footers: null, listing: null, cancellationToken);
        var good = files.Where(file => file.Failure is null).ToList();
        var disks = await PlanDisksAsync(good, revision: "", cancellationToken);
        disks.Demand();
        var earlier = await FindEarlierAsync(files, [], cancellationToken);
        var note = _output is null
            ? null
            : await _output.ProbeAsync([.. files.Select(file => file.ShardName)], cancellationToken);
        return new RunForecast(files, disks)
        {
            Earlier = earlier.Count,
            Note = note,
            Model = await ModelHereAsync(revision: "", cancellationToken),
        };
    }

    private async Task<RunForecast> ForecastResumedAsync(
        ILedger ledger, LedgerContents contents, CancellationToken cancellationToken)
    {
        var model = await ModelHereAsync(contents.Run.Model.Revision, cancellationToken);
        var (changes, earlier, disks) = await PlanResumptionAsync(
            ledger, contents, _ => Task.FromResult(model), cancellationToken);
        var replaced = changes.OfType<LedgerChange.FileReplaced>().ToDictionary(change => change.File.Index);
        var dropped = replaced.Values.Where(change => change.DropScores).Select(change => change.File.Index).ToHashSet();
        var lost = changes.OfType<LedgerChange.ShardDropped>().Count();
        var files = ledger.ReadFiles().Select(file => file.Record).ToList();
        return new RunForecast(
            [
                .. files.Select(file => replaced.GetValueOrDefault(file.Index)?.File ?? file),
                .. changes.OfType<LedgerChange.FileAdded>().Select(change => change.File),
            ],
            disks)
        {
            IsResumed = true,
            Earlier = earlier.Count,
            Note = _output is null || contents.Publication is not null
                ? null
                : await _output.ProbeAsync([.. files.Select(file => file.ShardName)], cancellationToken),
            Model = model,
            RowsScored = contents.Finished.Rows +
                contents.Windows.Where(window => !dropped.Contains(window.File)).Sum(window => window.Rows) +
                contents.Totals.Where(file => !dropped.Contains(file.File)).Sum(file => file.Rows) +
                contents.Batches.Where(batch => !dropped.Contains(batch.File)).Sum(batch => batch.Rows.Count) -
                dropped.Intersect(contents.Finished.Files).Sum(file => ledger.ReadFile(file).Totals?.Rows ?? 0),
            ShardsDone = contents.Finished.Files.Count - lost,
        };
    }

    /// <returns>Null where the model has to be fetched first.</returns>
    private async Task<ModelRecord?> ModelHereAsync(string revision, CancellationToken cancellationToken)
    {
        var (bytes, _) = await new ModelSource(options.ModelText, revision, hub).MeasureAsync(cancellationToken);
        return bytes > 0 ? null : await LocateModelAsync(revision, cancellationToken);
    }
}
