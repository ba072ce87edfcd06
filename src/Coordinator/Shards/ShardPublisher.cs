using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>Moves shards to their places in the output folder, with a manifest beside each.</summary>
internal sealed class ShardPublisher(
    RunPlaces places, Func<RunRecord> run, RunIdentity identity, Func<int, FileRecord> file)
{
    /// <summary>Returns when shard and manifest would survive a power failure.</summary>
    /// <exception cref="IOException">The output folder cannot be written to.</exception>
    public void Publish(string staged, ShardRecord shard, ShardTicket ticket)
    {
        DurableFiles.Move(staged, places.ShardPath(shard.Name));
        WriteManifest(shard, ticket);
    }

    public void WriteManifest(ShardRecord shard, ShardTicket ticket)
    {
        var manifest = Manifest.Create(run(), identity, file(shard.File), shard, ticket);
        DurableFiles.Write(places.ManifestPath(shard.Name), manifest.ToJson());
    }
}
