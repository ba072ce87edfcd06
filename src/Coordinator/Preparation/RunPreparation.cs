using System.Security.Cryptography;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Hub;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>From options to a run that can start or go on. Everything that can be refused is refused here.</summary>
/// <param name="warn">Hears of what is odd but no reason to stop.</param>
/// <param name="hub">Made only when something of the run is on the Hub.</param>
internal sealed partial class RunPreparation(RunOptions options, Action<string> warn, Lazy<HubAccess> hub)
{
    private readonly RunSpec _spec = options.Spec;

    private readonly RunInput _input = new(
        options.Spec, HubPaths.IsHub(options.Spec.Input) ? new HubInput(hub.Value, options.Spec) : null,
        options.Publish.Overwrite, warn);

    private readonly HubOutput? _output = HubPaths.IsHub(options.Spec.Output)
        ? new HubOutput(hub.Value, options.Spec, options.Publish)
        : null;

    /// <summary>Null for a run that publishes on the Hub.</summary>
    private readonly LocalOutput? _folder = HubPaths.IsHub(options.Spec.Output)
        ? null
        : new LocalOutput(options.Spec, options.RunFolder, options.Publish.Overwrite, options.Standby);

    private InputWarnings Warnings => new(_input, warn);

    /// <summary>The disk of a folder.</summary>
    public Func<string, DiskRoom> RoomOf { get; init; } = DiskRoom.Of;

    /// <exception cref="UserErrorException">The run cannot start, or is not the one that the folder holds.</exception>
    public async Task<PreparedRun> PrepareAsync(CancellationToken cancellationToken)
    {
        var held = new Holdings();
        try
        {
            var standby = options.Standby ? held.Add(await WaitForLeadAsync(cancellationToken)) : null;
            var fresh = !Place.Exists;
            if (fresh)
                _folder?.DemandFree();
            // Before the run is created, so that a command that is refused leaves at most a journal to its next start.
            var start = fresh ? await StartAsync(cancellationToken) : null;
            await TakeFoldersAsync(
                held, standby is { IsTakenFromAStuckOne: true } ? LockPatienceWithAStuckOne : LockPatience,
                cancellationToken);
            ILedger ledger = standby is not null ? standby : held.Add(Place.Open(LedgerOptions));
            Place.Note();
            var contents = ledger.Load();
            if (contents is null)
            {
                start ??= await StartAsync(cancellationToken);
                ledger.Create(Describe(start.Model), start.Files);
                OpenJournal().Discard();
                OpenListing().Discard();
            }

            // Again, now that nobody else can write to the output.
            var earlier = contents is null
                ? await FindEarlierAsync(start!.Files, [], cancellationToken)
                : await ResumeAsync(ledger, contents, cancellationToken);
            return await OpenAsync(held, ledger, contents is not null, earlier, cancellationToken);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What the run will need of the disks of this machine.</summary>
    /// <param name="files">Those that have no shard yet.</param>
    /// <param name="revision">The commit of the model that the run was started with; empty for a new run.</param>
    private async Task<DiskPlan> PlanDisksAsync(
        IReadOnlyList<FileRecord> files, string revision, CancellationToken cancellationToken)
    {
        var (bytes, folder) = await new ModelSource(options.ModelText, revision, hub).MeasureAsync(cancellationToken);
        return new DiskPlan(RunDiskNeeds.Of(options, Place.Database is null, files, bytes, folder), RoomOf);
    }

    /// <exception cref="UserErrorException">Shards of another run lie where this one's would go.</exception>
    private async Task CheckOutputAsync(IReadOnlyList<FileRecord> files, CancellationToken cancellationToken)
    {
        await FindEarlierAsync(files, [], cancellationToken);
        if (_output is null)
            return;
        await _output.PreflightAsync(cancellationToken);
        await _output.FindEarlierAsync(
            await _output.GetHeadAsync(cancellationToken), files.Select(file => file.ShardName), [], cancellationToken);
    }

    /// <returns>Shards of other runs in the output folder that are to be replaced.</returns>
    /// <exception cref="UserErrorException">There are some that may not be, or names that cannot be.</exception>
    private async Task<IReadOnlyList<string>> FindEarlierAsync(
        IEnumerable<FileRecord> files, IEnumerable<ShardRecord> shards, CancellationToken cancellationToken)
    {
        List<FileRecord> all = [.. files];
        ShardNames.Demand(all.Select(file => file.ShardName));
        return _folder is null ? [] : await _folder.FindEarlierAsync(all, shards, cancellationToken);
    }

    private async Task<NewRunParts> StartAsync(CancellationToken cancellationToken)
    {
        var journal = OpenJournal();
        journal.Read();
        var files = await InspectNewAsync(journal, OpenListing(), cancellationToken);
        Warnings.TellFailures(files);
        var good = files.Where(file => file.Failure is null).ToList();
        (await PlanDisksAsync(good, revision: "", cancellationToken)).Demand();
        await CheckOutputAsync(files, cancellationToken);
        return new NewRunParts(await LocateModelAsync(revision: "", cancellationToken), files);
    }

    /// <returns>Shards of other runs in the output folder that are to be replaced.</returns>
    private async Task<IReadOnlyList<string>> ResumeAsync(
        ILedger ledger, LedgerContents contents, CancellationToken cancellationToken)
    {
        var (changes, earlier, _) = await PlanResumptionAsync(
            ledger, contents, async token => await LocateModelAsync(contents.Run.Model.Revision, token), cancellationToken);
        // Before the ledger forgets them: to a start that does not know them, they would be another run's.
        var places = RunPlaces.Of(options.RunFolder, _spec.Output, contents.Run.RunId);
        foreach (var dropped in changes.OfType<LedgerChange.ShardDropped>())
            File.Delete(places.LandingPath(ledger.ReadFile(dropped.File).Record.ShardName));
        ledger.Commit(changes);
        if (_output is not null && contents.Publication is null)
            await _output.PreflightAsync(cancellationToken);
        return earlier;
    }

    /// <param name="locateModel">Gives null where the model is not compared.</param>
    /// <returns>
    /// How the ledger follows what has changed since, shards of other runs that are to be replaced, and disks.
    /// </returns>
    private async Task<(IReadOnlyList<LedgerChange> Changes, IReadOnlyList<string> Earlier, DiskPlan Disks)>
        PlanResumptionAsync(
            ILedger ledger, LedgerContents contents, Func<CancellationToken, Task<ModelRecord?>> locateModel,
            CancellationToken cancellationToken)
    {
        var resumption = new RunResumption(
            ledger, contents, _input, _spec, options.RunFolder, options.RescoreChanged, warn);
        resumption.CheckOptions();
        var inputs = await FindAgainAsync(ledger, contents, cancellationToken);
        var added = await InspectInputsAsync(
            new RunAddition(ledger, contents, _spec, options.Add, warn).Choose(inputs), contents.FileCount,
            journal: null, cancellationToken);
        Warnings.TellFailures(added);
        var earlier = await FindEarlierAsync(
            ledger.ReadFiles().Select(file => file.Record).Concat(added),
            ledger.ReadFiles().Select(file => file.Shard).OfType<ShardRecord>(), cancellationToken);
        var lost = _folder is null ? [] : await resumption.FindLostAsync(options.Standby, cancellationToken);
        IReadOnlyList<FileRecord> left = [.. contents.Files.Concat(lost).OrderBy(file => file.Index)];
        var disks = await PlanDisksAsync([.. left, .. added], contents.Run.Model.Revision, cancellationToken);
        disks.Demand();
        var changes = await resumption.CheckAsync(await locateModel(cancellationToken), inputs, left, cancellationToken);
        // Only now, since the files may be read for it: they are the ones that they were. Those that are done may be gone.
        await Warnings.TellDifferencesAsync(
            left.Concat(added).Where(file => file.Failure is null), cancellationToken);
        return ([
            .. changes,
            .. lost.Select(file => new LedgerChange.ShardDropped(file.Index)),
            .. added.Select(file => new LedgerChange.FileAdded(file))], earlier, disks);
    }

    /// <summary>The inputs as they are now; those on the Hub that are done are left out.</summary>
    private async Task<IReadOnlyList<InputFileInfo>> FindAgainAsync(
        ILedger ledger, LedgerContents contents, CancellationToken cancellationToken)
    {
        if (_input.Hub is null)
            return await _input.FindAsync(isNew: false, journal: null, cancellationToken);
        // What the commit holds that the run is pinned to is in the ledger; what is added is that of a newer one.
        List<InputFileInfo> known = [.. contents.Files.Select(file => new InputFileInfo(
            file.Name, file.Path, file.Size, file.ModifiedTicks, file.Sha256))];
        return options.Add
            ? [.. known, .. (await _input.FindAsync(isNew: false, journal: null, cancellationToken)).ExceptBy(
                ledger.ReadFiles().Select(file => file.Record.Name), file => file.Name, StringComparer.Ordinal)]
            : known;
    }

    /// <param name="revision">The commit of the model that the run was started with; empty for a new run.</param>
    private async Task<ModelRecord> LocateModelAsync(string revision, CancellationToken cancellationToken)
    {
        var located = await new ModelSource(options.ModelText, revision, hub).LocateAsync(cancellationToken);
        var digests = ModelFolder.Digests(located.Folder);
        return new ModelRecord(
            located.Id, located.Revision ?? "", located.Folder, ModelFolder.Digest(digests),
            [.. digests.Select(file => new ModelFileRecord(file.Name, file.Size, file.Sha256))]);
    }

    private RunRecord Describe(ModelRecord model) => new(
        _spec.Digest, _spec.ToOptions(), model, _spec.Dtype, _spec.TokenBudget, ProgramVersion.Current);

    private async Task<PreparedRun> OpenAsync(
        Holdings held, ILedger ledger, bool isResumed, IReadOnlyList<string> earlier,
        CancellationToken cancellationToken)
    {
        var contents = ledger.Load()!;
        if (contents.Run.ProgramVersion != ProgramVersion.Current)
            warn($"the run was started by version {contents.Run.ProgramVersion} of this program, this is " +
                $"{ProgramVersion.Current}: the last bits of scores may differ");
        _folder?.Note();
        var places = RunPlaces.Of(options.RunFolder, _spec.Output, contents.Run.RunId, holds: earlier.Count > 0) with
        {
            Nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
        };
        places.PrepareStaging(contents.Leases.Select(lease => lease.Fence));
        ledger.Commit(await ShardRecovery.RecoverAsync(
            ledger, contents, places, new ShardPublisher(places, () => contents.Run, _spec, _output), _output,
            cancellationToken));
        var scheduling = new SchedulingOptions(options.HeartbeatTimeout)
        {
            ProgressTimeout = options.ProgressTimeout,
            Settle = options.SettleTime,
        };
        var core = new RunCore(ledger.Load()!, places, scheduling);
        return new PreparedRun(held, ledger, core, places, isResumed)
        {
            Earlier = earlier,
            HubInput = _input.Hub,
            HubOutput = _output,
            PullRequest = contents.PullRequest,
        };
    }

    private sealed record NewRunParts(ModelRecord Model, IReadOnlyList<FileRecord> Files);
}
