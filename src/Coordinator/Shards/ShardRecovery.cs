using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>Finishes what a coordinator that died was doing to shards.</summary>
internal static class ShardRecovery
{
    /// <returns>The changes by which the ledger says what is there.</returns>
    public static async Task<IReadOnlyList<LedgerChange>> RecoverAsync(
        LedgerContents contents, RunPlaces places, ShardPublisher publisher, CancellationToken cancellationToken)
    {
        var changes = new List<LedgerChange>();
        foreach (var shard in contents.Shards.Where(shard => !shard.Done))
        {
            if (!await IsInPlaceAsync(places.ShardPath(shard.Name), shard, cancellationToken))
            {
                changes.Add(new LedgerChange.ShardDropped(shard.File));
                continue;
            }

            publisher.WriteManifest(shard, TicketOf(contents, shard.File));
            changes.Add(new LedgerChange.ShardDone(shard.File));
        }

        return changes;
    }

    private static async Task<bool> IsInPlaceAsync(
        string path, ShardRecord shard, CancellationToken cancellationToken) =>
        File.Exists(path) && new FileInfo(path).Length == shard.Size &&
        await Digests.OfFileAsync(path, cancellationToken) == shard.Sha256;

    private static ShardTicket TicketOf(LedgerContents contents, int file)
    {
        var totals = new RunTotals();
        foreach (var window in contents.Windows.Where(window => window.File == file))
            totals.Add(window);
        return new ShardTicket(Refusal: null, totals.RowsByClass, totals.Tokens);
    }
}
