using FineWebTorch.Coordinator.Input;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Shards;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>A run that can go on: its folder is locked and its ledger open.</summary>
internal sealed class PreparedRun(RunLock runLock, ILedger ledger, RunCore core, RunPlaces places, bool isResumed)
    : IDisposable
{
    public ILedger Ledger { get; } = ledger;

    public RunCore Core { get; } = core;

    public RunPlaces Places { get; } = places;

    public bool IsResumed { get; } = isResumed;

    /// <summary>Null for a run over local files.</summary>
    public HubInput? HubInput { get; init; }

    /// <summary>Null for a run that writes to a local folder.</summary>
    public HubOutput? HubOutput { get; init; }

    /// <summary>The run's publisher while its loop works.</summary>
    public static ShardPublisher PublisherOf(RunCore core, RunPlaces places, HubOutput? output = null) => new(
        places, () => core.Run, RunIdentity.FromOptions(core.Run.Options), file => core.Files[file].Record, output);

    public static RunCore CoreOf(LedgerContents contents, RunPlaces places, TimeSpan heartbeatTimeout) =>
        new(contents, places, new SchedulingOptions(heartbeatTimeout));

    public void Dispose()
    {
        Ledger.Dispose();
        RemoveStaging();
        runLock.Dispose();
    }

    private void RemoveStaging()
    {
        // Of an interrupted run, shards may lie here that workers will hand over to the next session.
        if (Core.IsOver)
            Directory.Delete(Places.Staging, recursive: true);
        else
            File.Delete(Places.NoncePath);
        RemoveIfEmpty(Places.Staging);
        RemoveIfEmpty(Path.GetDirectoryName(Places.Staging)!);
    }

    private static void RemoveIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Delete(folder);
    }
}
