using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>Where a card stands.</summary>
/// <param name="Name">Of the dataset, for people.</param>
/// <param name="Load">The arguments of <c>load_dataset</c>, but for the split.</param>
/// <param name="Hub">To which its links go.</param>
internal sealed record CardPlace(string Name, string Load, Uri Hub)
{
    public static CardPlace Of(HubOutput output)
    {
        var revision = output.Revision == "main" ? "" : $", revision=\"{output.Revision}\"";
        return new CardPlace(
            output.Repository.Name, $"\"{output.Repository.Id}\"{revision}", output.Hub.Client.Options.Endpoint);
    }

    /// <param name="output">A folder; where it lies on someone's machine is nobody's business.</param>
    public static CardPlace Of(string output, Uri hub)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(output));
        return new CardPlace(name, $"\"./{name}\"", hub);
    }
}

/// <summary>What a run has to say of itself on its dataset's card.</summary>
internal static class CardContent
{
    public static DatasetCardInfo Create(
        RunCore core, CardPlace place, IReadOnlyList<PublishedShard> shards, CardParts parts)
    {
        var source = SourceOf(core.Spec);
        var isDataset = source?.Kind == RepositoryKind.Dataset;
        return new DatasetCardInfo
        {
            DataFiles = ShardPattern.Of(core.Spec.Layout, shards.Select(shard => shard.Path)),
            Features = parts.Features.Features,
            Rows = shards.Sum(shard => shard.Shard.RowsKept),
            DownloadBytes = shards.Sum(shard => shard.Shard.Size),
            // 0: by a program that did not measure it.
            DatasetBytes = shards.All(shard => shard.Shard.ArrowBytes > 0)
                ? shards.Sum(shard => shard.Shard.ArrowBytes)
                : null,
            PrettyName = place.Name,
            SourceDataset = isDataset ? source!.Id : null,
            BaseModel = core.Run.Model.Revision.Length > 0 ? core.Run.Model.Id : null,
            Source = parts.Source,
            Tags = Tags(core),
            Text = [.. new CardText(core, place, source).Lines(shards, parts)],
            Facts = [.. Facts(core, shards, parts)],
        };
    }

    private static HubRepository? SourceOf(RunSpec spec) =>
        HubPaths.IsHub(spec.Input) ? HubPath.Parse(spec.Input).Repository : null;

    /// <summary>True of any model, and those of FineWeb-Edu's where that was used.</summary>
    private static IReadOnlyList<string> Tags(RunCore core) => core.Run.Model.PublicName == ModelLocator.DefaultModel
        ? ["fineweb-edu", "quality-classifier", "finewebtorch"]
        : ["finewebtorch"];

    private static IEnumerable<KeyValuePair<string, string>> Facts(
        RunCore core, IReadOnlyList<PublishedShard> shards, CardParts parts)
    {
        var run = core.Run;
        if (HubPaths.IsHub(parts.Input))
        {
            var place = HubPath.Parse(parts.Input);
            yield return new(
                "Source", $"{place.Repository} at {place.Revision}, {NumberText.Count(shards.Count, "file")}");
        }

        var revision = run.Model.Revision.Length > 0 ? $" at {run.Model.Revision}" : "";
        yield return new("Model", run.Model.PublicName + revision);
        yield return new("Model sha256", run.Model.Digest);
        yield return new("Precision", Dtypes.Name(run.Dtype));
        yield return new("Rows kept", $"--keep {core.Spec.Keep}: " +
            $"{NumberText.Count(shards.Sum(shard => shard.Shard.RowsKept))} of " +
            $"{NumberText.Count(shards.Sum(shard => shard.Shard.RowsIn))}");
        if (shards.Sum(shard => shard.Shard.RowsUnscorable) is > 0 and var unscorable)
            yield return new("Rows without a score", NumberText.Count(unscorable));
        if (Devices(parts.Work) is { Length: > 0 } devices)
            yield return new("Devices", devices);
        if (Dates(parts.Work) is { } dates)
            yield return new("Scored", dates);
        yield return new("Program", $"finewebtorch {run.ProgramVersion}");
    }

    private static string Devices(CardWork work) => string.Join(", ", work.RowsByDevice
        .OrderByDescending(device => device.Value).ThenBy(device => device.Key, StringComparer.Ordinal)
        .Select(device => $"{device.Key} ({NumberText.Count(device.Value, "row")})"));

    private static string? Dates(CardWork work)
    {
        if (work is not { First: { } began, Last: { } ended })
            return null;
        var (first, last) = (Date(began), Date(ended));
        return first == last ? first : $"{first} to {last}";
    }

    private static string Date(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
