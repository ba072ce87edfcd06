using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>A shard under the name that it gets in the repository.</summary>
internal sealed record PublishedShard(string Path, ShardRecord Shard)
{
    /// <summary>'/'-separated.</summary>
    public string ManifestPath => ManifestOf(Path);

    /// <summary>It has the number that it gets because others have failed; a step has published it by its own.</summary>
    public bool IsRenamed => Path != Shard.Name;

    public LfsObject Blob => new(Shard.Sha256, Shard.Size);

    /// <summary>
    /// The finished shards of a run. Where files have failed, numbers are those of the shards that there are.
    /// </summary>
    public static IReadOnlyList<PublishedShard> Of(RunCore core, ILedger ledger)
    {
        var count = core.Files.CountOf(FileStage.Done);
        return [.. core.ReadFinished(ledger).Select((file, index) => new PublishedShard(
            count == core.Files.Count
                ? file.Shard!.Name
                : ShardNames.Create(core.Spec.Layout, file.Record.Name, index, count),
            file.Shard!))];
    }

    /// <param name="shard">Path of a shard in the repository.</param>
    public static string ManifestOf(string shard) => $"manifests/{shard}.json";

    /// <summary>Names and contents of shards in one number, see <see cref="PublicationRecord.Content"/>.</summary>
    public static string Digest(IEnumerable<PublishedShard> shards) =>
        Sha256.Of(string.Concat(shards.Select(shard => $"{shard.Path}={shard.Shard.Sha256}\n")));
}
