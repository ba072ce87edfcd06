using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>What a run has to say of itself on its dataset's card.</summary>
internal static class CardContent
{
    public static DatasetCardInfo Create(
        RunCore core, HubRepository repository, IReadOnlyList<PublishedShard> shards,
        IReadOnlyList<CardFeature>? features)
    {
        var run = core.Run;
        var spec = core.Spec;
        var source = HubPaths.IsHub(spec.Input) ? HubPath.Parse(spec.Input).Repository : null;
        var isDataset = source?.Kind == RepositoryKind.Dataset;
        return new DatasetCardInfo
        {
            DataFiles = ShardPattern.Of(spec.Layout, shards.Select(shard => shard.Path)),
            Features = features,
            Rows = shards.Sum(shard => shard.Shard.RowsKept),
            DownloadBytes = shards.Sum(shard => shard.Shard.Size),
            PrettyName = repository.Name,
            SourceDataset = isDataset ? source!.Id : null,
            Facts = [.. Facts(core, shards)],
        };
    }

    /// <summary>Of a local folder its name alone: where it lies on someone's machine is nobody's business.</summary>
    public static string ModelName(RunRecord run) =>
        run.Model.Revision.Length > 0 ? run.Model.Id : Path.GetFileName(run.Model.Path);

    private static IEnumerable<KeyValuePair<string, string>> Facts(
        RunCore core, IReadOnlyList<PublishedShard> shards)
    {
        var run = core.Run;
        var first = core.Files[shards[0].Shard.File].Record.Path;
        if (HubPaths.IsHub(first))
        {
            var place = HubPath.Parse(first);
            yield return new("Source", $"{place.Repository} at {place.Revision}, {shards.Count} files");
        }

        var revision = run.Model.Revision.Length > 0 ? $" at {run.Model.Revision}" : "";
        yield return new("Model", ModelName(run) + revision);
        yield return new("Model sha256", run.Model.Digest);
        yield return new("Precision", Dtypes.Name(run.Dtype));
        yield return new("Rows kept", $"--keep {core.Spec.Keep}: " +
            $"{NumberText.Count(shards.Sum(shard => shard.Shard.RowsKept))} of " +
            $"{NumberText.Count(shards.Sum(shard => shard.Shard.RowsIn))}");
        if (shards.Sum(shard => shard.Shard.RowsUnscorable) is > 0 and var unscorable)
            yield return new("Rows without a score", NumberText.Count(unscorable));
        yield return new("Program", $"finewebtorch {run.ProgramVersion}");
    }
}
