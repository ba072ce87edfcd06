using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>
/// Moves shards to their places in the output folder or in the Hub's storage, with a manifest of each on this machine.
/// </summary>
internal sealed class ShardPublisher(
    RunPlaces places, Func<RunRecord> run, RunSpec spec, HubOutput? hub = null)
{
    /// <summary>Returns when shard and manifest would survive a power failure.</summary>
    /// <param name="staged">Null for a shard that its worker has uploaded.</param>
    /// <exception cref="IOException">The output folder cannot be written to, or the Hub does not take it.</exception>
    public async Task PublishAsync(
        string? staged, ShardRecord shard, ShardTicket ticket, CancellationToken cancellationToken)
    {
        if (staged is null)
        {
            WriteManifest(shard, ticket);
            return;
        }

        var path = places.LandingPath(shard.Name);
        // Folders that are named after the inputs' are nobody's choice here; data may be a link of the user's.
        if (spec.Layout == ShardLayout.Mirror)
            path = ForeignPath.CombineToWrite(places.Held ?? places.Output, shard.Name);
        AtomicFile.Move(staged, path);
        try
        {
            await UploadAsync(shard, cancellationToken);
            WriteManifest(shard, ticket);
        }
        catch
        {
            // The ledger will not know it: the next start would take it for another run's.
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Of a shard in its place: for a run that publishes, that is only a stop on its way.</summary>
    public async Task UploadAsync(ShardRecord shard, CancellationToken cancellationToken)
    {
        if (hub is null)
            return;
        var path = places.ShardPath(shard.Name);
        await hub.UploadAsync(path, new LfsObject(shard.Sha256, shard.Size), cancellationToken);
        File.Delete(path);
    }

    public void WriteManifest(ShardRecord shard, ShardTicket ticket)
    {
        var manifest = Manifest.Create(run(), spec, shard, ticket);
        AtomicFile.Write(places.ManifestPath(shard.Name), manifest.ToJson(), places.Staging);
    }
}
