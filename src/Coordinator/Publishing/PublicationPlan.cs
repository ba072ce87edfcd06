using System.Text;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>What a run has to say of how it went, to be published beside its card.</summary>
/// <param name="IsOurs">Whether a file of that name is an earlier one; somebody else's stays.</param>
internal sealed record PublicReport(byte[] Content, Func<byte[], bool> IsOurs);

/// <summary>The commits that publish a run: shards with manifests, what goes, and the card with the last of them.</summary>
internal sealed class PublicationPlan(
    HubOutput output, RunCore core, ILedger ledger, IReadOnlyList<PublishedShard> shards, CardParts parts)
{
    /// <summary>Goes with the card; null for none.</summary>
    public PublicReport? Report { get; init; }

    public static string Summary(HubOutput output, RunCore core, int shards) => output.Options.Message ??
        $"Add {shards} {(shards == 1 ? "shard" : "shards")} scored by {core.Run.Model.PublicName}";

    public static string Description(RunCore core) =>
        $"Run {core.Run.RunId} of finewebtorch {core.Run.ProgramVersion}";

    /// <summary>By what the branch holds now, whose head is the parent: the card depends on it.</summary>
    /// <param name="opens">
    /// Whether the first one is to open a pull request, where no earlier step can have put shards under other names.
    /// </param>
    /// <param name="cancellationToken">For the requests.</param>
    public async Task<IReadOnlyList<CommitRequest>> MakeAsync(bool opens, CancellationToken cancellationToken)
    {
        var head = await output.GetHeadAsync(cancellationToken);
        var names = shards.Select(shard => shard.Path).ToList();
        var earlier = await output.FindEarlierAsync(head, names, shards, cancellationToken);
        var manifests = core.ReadFinished(ledger).Zip(shards, (file, shard) => new CommitOperation.AddFile(
            shard.ManifestPath, Manifest.Of(core, file, shard.Path).ToJson())).ToList();
        var orphans = await output.FindManifestsAsync(head, earlier, cancellationToken);
        var renamed = opens ? [] : shards.Where(shard => shard.IsRenamed).SelectMany(shard =>
            new[] { shard.Shard.Name, PublishedShard.ManifestOf(shard.Shard.Name) });
        var request = new CommitRequest
        {
            Repository = output.Repository,
            Revision = output.Revision,
            Summary = Summary(output, core, shards.Count),
            Description = Description(core),
            Operations = [
                .. shards.Select(shard => new CommitOperation.AddLfsFile(
                    shard.Path, shard.Shard.Sha256, shard.Shard.Size)),
                .. manifests,
                .. earlier.Except(names, StringComparer.Ordinal).Concat(orphans)
                    .Except(manifests.Select(manifest => manifest.Path), StringComparer.Ordinal)
                    .Union(renamed, StringComparer.Ordinal).Select(path => new CommitOperation.DeleteFile(path))],
            ParentCommit = output.Options.CreatePullRequest ? null : head,
        };
        var commits = CommitPlan.Split(
            request, await CardAsync(head, cancellationToken), output.Options.FilesPerCommit);
        return await ReportAsync(head, cancellationToken) is { } report
            ? [.. commits.SkipLast(1), commits[^1] with { Operations = [report, .. commits[^1].Operations] }]
            : commits;
    }

    private async Task<CommitOperation?> ReportAsync(string head, CancellationToken cancellationToken)
    {
        if (Report is not { } report)
            return null;
        var existing = await output.Hub.Client.ReadFileAsync(
            output.Repository, head, RunPlaces.ReportName, cancellationToken);
        return existing is null || report.IsOurs(existing)
            ? new CommitOperation.AddFile(RunPlaces.ReportName, report.Content)
            : null;
    }

    private async Task<CommitOperation> CardAsync(string head, CancellationToken cancellationToken)
    {
        const string Name = "README.md";
        var existing = await output.Hub.Client.ReadFileAsync(output.Repository, head, Name, cancellationToken);
        var card = DatasetCard.Update(
            existing is null ? null : Encoding.UTF8.GetString(existing),
            CardContent.Create(core, CardPlace.Of(output), shards, parts));
        return new CommitOperation.AddFile(Name, Encoding.UTF8.GetBytes(card));
    }
}
