using System.Security.Cryptography;
using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Input;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Hub;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>From options to a run that can start or go on. Everything that can be refused is refused here.</summary>
/// <param name="openLedger">Opens or creates the ledger at a path.</param>
/// <param name="warn">Hears of what is odd but no reason to stop.</param>
internal sealed class RunPreparation(RunOptions options, Func<string, ILedger> openLedger, Action<string> warn)
{
    private readonly RunIdentity _identity = options.Identity;

    /// <exception cref="UserErrorException">The run cannot start, or is not the one that the folder holds.</exception>
    public async Task<PreparedRun> PrepareAsync(CancellationToken cancellationToken)
    {
        var inputs = FindInputs();
        var model = LocateModel();
        var fresh = !File.Exists(RunPlaces.LedgerOf(options.RunFolder));
        // Before anything is created, so that a command that is refused leaves nothing behind.
        var files = fresh ? NewRun.Inspect(inputs, _identity) : [];
        if (fresh)
            NewRun.CheckOutput(files, _identity.Output);
        Directory.CreateDirectory(options.RunFolder);
        var runLock = RunLock.Take(options.RunFolder);
        ILedger? ledger = null;
        try
        {
            ledger = openLedger(RunPlaces.LedgerOf(options.RunFolder));
            var contents = ledger.Load();
            var isResumed = contents is not null;
            if (contents is null)
                ledger.Create(Describe(model), fresh ? files : NewRun.Inspect(inputs, _identity));
            else
                ledger.Commit(await new RunResumption(contents, _identity, options.RunFolder)
                    .CheckAsync(model, inputs, cancellationToken));
            return await OpenAsync(runLock, ledger, isResumed, cancellationToken);
        }
        catch
        {
            ledger?.Dispose();
            runLock.Dispose();
            throw;
        }
    }

    /// <summary>Input files in order, no more than asked for.</summary>
    public IReadOnlyList<InputFileInfo> FindInputs()
    {
        HubPaths.Refuse("--input", _identity.Input);
        HubPaths.Refuse("--output", _identity.Output);
        var found = InputDiscovery.Find(_identity.Input, _identity.Output);
        if (_identity.Files > found.Count)
            warn($"--files {_identity.Files}: there are only {found.Count}");
        return _identity.Files == 0 ? found : [.. found.Take(_identity.Files)];
    }

    private ModelRecord LocateModel()
    {
        var located = ModelLocator.Locate(options.ModelText);
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
            contents, places, PreparedRun.PublisherOf(core, places), cancellationToken);
        if (recovered.Count > 0)
        {
            ledger.Commit(recovered);
            core = PreparedRun.CoreOf(ledger.Load()!, places, options.HeartbeatTimeout);
        }

        if (core.Run.ProgramVersion != ProgramVersion.Current)
            warn($"the run was started by version {core.Run.ProgramVersion} of this program, this is " +
                $"{ProgramVersion.Current}: the last bits of scores may differ");
        return new PreparedRun(runLock, ledger, core, places, isResumed);
    }

    private RunPlaces PreparePlaces(LedgerContents contents)
    {
        var places = new RunPlaces(
            options.RunFolder,
            _identity.Output,
            Path.Combine(_identity.Output, ".staging", contents.Run.RunId),
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        Directory.CreateDirectory(places.Staging);
        var alive = contents.Leases.Select(lease => places.StagingOf(lease.Fence)).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(places.Staging).Where(path => !alive.Contains(path)))
            File.Delete(path);
        File.WriteAllText(places.NoncePath, places.Nonce);
        return places;
    }
}
