using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>Finishes what a coordinator that died was doing to shards, and brings lost manifests back.</summary>
internal static class ShardRecovery
{
    /// <param name="ledger">Has the shards that are done.</param>
    /// <param name="contents">Of the ledger.</param>
    /// <returns>The changes by which the ledger says what is there.</returns>
    public static async Task<IReadOnlyList<LedgerChange>> RecoverAsync(
        ILedger ledger, LedgerContents contents, RunPlaces places, ShardPublisher publisher, HubOutput? hub,
        CancellationToken cancellationToken)
    {
        var changes = new List<LedgerChange>();
        foreach (var file in ledger.ReadFiles().Where(file => file.IsDone && !File.Exists(places.ManifestPath(file.Shard!.Name))))
            publisher.WriteManifest(file.Shard!, ShardTicket.Of(file));
        foreach (var shard in contents.Shards)
        {
            if (await ShardFiles.FaultAsync(places.ShardPath(shard.Name), shard, cancellationToken) is null)
                await publisher.UploadAsync(shard, cancellationToken);
            else if (!await IsStoredAsync(hub, shard, cancellationToken))
            {
                // Before the ledger forgets it: to a start that does not know it, it would be another run's.
                if (File.Exists(places.LandingPath(shard.Name)))
                    File.Delete(places.LandingPath(shard.Name));
                changes.Add(new LedgerChange.ShardDropped(shard.File));
                continue;
            }

            publisher.WriteManifest(shard, TicketOf(contents, shard));
            changes.Add(new LedgerChange.ShardDone(shard.File));
        }

        return changes;
    }

    private static async Task<bool> IsStoredAsync(
        HubOutput? hub, ShardRecord shard, CancellationToken cancellationToken) => hub is not null &&
        (await hub.FindMissingAsync([new LfsObject(shard.Sha256, shard.Size)], cancellationToken)).Count == 0;

    private static ShardTicket TicketOf(LedgerContents contents, ShardRecord shard)
    {
        var file = shard.File;
        var totals = new ScoreTotals();
        foreach (var window in contents.Windows.Where(window => window.File == file))
            totals.Add(window);
        foreach (var finished in contents.Totals.Where(finished => finished.File == file))
            totals.Add(finished);
        return new ShardTicket(
            contents.Files.First(one => one.Index == file), Delivered: null, totals.RowsByClass, totals.Tokens)
        {
            Work = WorkRecord.InOrder(contents.Work.Where(work => work.File == file)),
            Built = shard.Built,
        };
    }
}
