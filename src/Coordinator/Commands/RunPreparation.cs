using System.Security.Cryptography;
using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Input;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Hub;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>From options to a run that can start or go on. Everything that can be refused is refused here.</summary>
/// <param name="openLedger">Opens or creates the ledger at a path.</param>
/// <param name="warn">Hears of what is odd but no reason to stop.</param>
/// <param name="hub">Made only when something of the run is on the Hub.</param>
internal sealed class RunPreparation(
    RunOptions options, Func<string, ILedger> openLedger, Action<string> warn, Lazy<HubAccess> hub)
{
    private readonly RunIdentity _identity = options.Identity;

    private readonly IInputSource _source = HubPaths.IsHub(options.Identity.Input)
        ? new HubInput(hub.Value, options.Identity)
        : new LocalInput(options.Identity);

    private readonly HubOutput? _output = HubPaths.IsHub(options.Identity.Output)
        ? new HubOutput(hub.Value, options.Identity, options.Publish)
        : null;

    /// <summary>The disk of a folder.</summary>
    public Func<string, DiskRoom> RoomOf { get; init; } = DiskRoom.Of;

    /// <exception cref="UserErrorException">The run cannot start, or is not the one that the folder holds.</exception>
    public async Task<PreparedRun> PrepareAsync(CancellationToken cancellationToken)
    {
        var fresh = !File.Exists(RunPlaces.LedgerOf(options.RunFolder));
        // Before anything is created, so that a command that is refused leaves nothing behind.
        var start = fresh ? await StartAsync(cancellationToken) : null;
        if (start is not null)
            await CheckOutputAsync(start.Files, cancellationToken);
        Directory.CreateDirectory(options.RunFolder);
        var runLock = RunLock.Take(options.RunFolder);
        ILedger? ledger = null;
        try
        {
            ledger = openLedger(RunPlaces.LedgerOf(options.RunFolder));
            var contents = ledger.Load();
            var isResumed = contents is not null;
            if (contents is not null)
                await ResumeAsync(ledger, contents, cancellationToken);
            else
            {
                start ??= await StartAsync(cancellationToken);
                ledger.Create(Describe(start.Model), start.Files);
            }

            return await OpenAsync(runLock, ledger, isResumed, cancellationToken);
        }
        catch
        {
            ledger?.Dispose();
            runLock.Dispose();
            throw;
        }
    }

    /// <summary>The files that a new run would have, with what their footers say.</summary>
    public async Task<IReadOnlyList<FileRecord>> InspectInputsAsync(CancellationToken cancellationToken) =>
        await NewRun.InspectAsync(
            await FindInputsAsync(cancellationToken), _source, _identity, cancellationToken);

    /// <summary>What the run will need of the disks of this machine.</summary>
    /// <param name="files">Those that have no shard yet.</param>
    /// <param name="revision">The commit of the model that the run was started with; empty for a new run.</param>
    public async Task<DiskPlan> PlanDisksAsync(
        IReadOnlyList<FileRecord> files, string revision, CancellationToken cancellationToken)
    {
        var (bytes, folder) = await new ModelSource(options.ModelText, revision, hub).MeasureAsync(cancellationToken);
        return new DiskPlan(RunDiskNeeds.Of(options, files, bytes, folder), RoomOf);
    }

    /// <summary>Input files in order, no more than asked for.</summary>
    private async Task<IReadOnlyList<InputFileInfo>> FindInputsAsync(CancellationToken cancellationToken)
    {
        var found = await _source.FindAsync(cancellationToken);
        if (_identity.Files > found.Count)
            warn($"--files {_identity.Files}: there are only {found.Count}");
        return _identity.Files == 0 ? found : [.. found.Take(_identity.Files)];
    }

    private async Task CheckOutputAsync(IReadOnlyList<FileRecord> files, CancellationToken cancellationToken)
    {
        if (_output is null)
        {
            NewRun.CheckOutput(files, _identity.Output);
            return;
        }

        await _output.PreflightAsync(cancellationToken);
        await _output.FindEarlierAsync(
            await _output.GetHeadAsync(cancellationToken), files.Select(file => file.ShardName), [], cancellationToken);
    }

    private async Task<NewRunParts> StartAsync(CancellationToken cancellationToken)
    {
        var files = await InspectInputsAsync(cancellationToken);
        var good = files.Where(file => file.SetAside is null).ToList();
        (await PlanDisksAsync(good, revision: "", cancellationToken)).Demand();
        return new NewRunParts(await LocateModelAsync(revision: "", cancellationToken), files);
    }

    private async Task ResumeAsync(ILedger ledger, LedgerContents contents, CancellationToken cancellationToken)
    {
        // What the commit holds that the run is pinned to is in the ledger.
        var inputs = HubPaths.IsHub(_identity.Input)
            ? [.. contents.Files.Select(file => new InputFileInfo(
                file.Name, file.Path, file.Size, file.ModifiedTicks, file.Sha256))]
            : await FindInputsAsync(cancellationToken);
        var done = contents.Shards.Where(shard => shard.Done).Select(shard => shard.File).ToHashSet();
        var plan = await PlanDisksAsync(
            [.. contents.Files.Where(file => !done.Contains(file.Index))], contents.Run.Model.Revision,
            cancellationToken);
        plan.Demand();
        var model = await LocateModelAsync(contents.Run.Model.Revision, cancellationToken);
        ledger.Commit(await new RunResumption(contents, _source, _identity, options.RunFolder)
            .CheckAsync(model, inputs, cancellationToken));
        if (_output is not null && contents.Publication is null)
            await _output.PreflightAsync(cancellationToken);
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
        _identity.Digest, _identity.ToOptions(), model, _identity.Dtype, _identity.TokenBudget, ProgramVersion.Current);

    private async Task<PreparedRun> OpenAsync(
        RunLock runLock, ILedger ledger, bool isResumed, CancellationToken cancellationToken)
    {
        var contents = ledger.Load()!;
        var places = PreparePlaces(contents);
        var core = PreparedRun.CoreOf(contents, places, options.HeartbeatTimeout);
        var recovered = await ShardRecovery.RecoverAsync(
            contents, places, PreparedRun.PublisherOf(core, places, _output), _output, cancellationToken);
        if (recovered.Count > 0)
        {
            ledger.Commit(recovered);
            core = PreparedRun.CoreOf(ledger.Load()!, places, options.HeartbeatTimeout);
        }

        if (core.Run.ProgramVersion != ProgramVersion.Current)
            warn($"the run was started by version {core.Run.ProgramVersion} of this program, this is " +
                $"{ProgramVersion.Current}: the last bits of scores may differ");
        return new PreparedRun(runLock, ledger, core, places, isResumed)
        {
            HubInput = _source as HubInput,
            HubOutput = _output,
        };
    }

    private sealed record NewRunParts(ModelRecord Model, IReadOnlyList<FileRecord> Files);

    private RunPlaces PreparePlaces(LedgerContents contents)
    {
        var output = RunPlaces.OutputFolder(options.RunFolder, _identity.Output);
        var places = new RunPlaces(
            options.RunFolder,
            output,
            Path.Combine(output, ".staging", contents.Run.RunId),
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        Directory.CreateDirectory(places.Staging);
        var alive = contents.Leases.Select(lease => places.StagingOf(lease.Fence)).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(places.Staging).Where(path => !alive.Contains(path)))
            File.Delete(path);
        File.WriteAllText(places.NoncePath, places.Nonce);
        return places;
    }
}
