using FineWebTorch.Coordinator.Input;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>Reads a footer for the card.</summary>
internal sealed class CardSource(RunCore core, HubInput? input)
{
    /// <summary>Those of the first file: the files of a dataset have the same columns.</summary>
    /// <returns>Null where shards differ from their inputs in a type, or a type has no name in cards.</returns>
    public async Task<IReadOnlyList<CardFeature>?> FeaturesAsync(
        IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken)
    {
        if (shards.Any(shard => shard.Shard.Warnings.Count > 0))
            return null;
        var identity = RunIdentity.FromOptions(core.Run.Options);
        var path = core.Files[shards[0].Shard.File].Record.Path;
        IReadOnlyList<CardFeature>? Read(string local) => CardFeatures.Of(ParquetFile.Inspect(local), identity);
        return input is not null && HubPaths.IsHub(path)
            ? await input.ReadFooterAsync(path, Read, cancellationToken)
            : Read(path);
    }
}
