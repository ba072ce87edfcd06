using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using Polly;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>
/// Commits a run's shards and its card, once: the ledger notes the commit, and where it does not, the Hub is asked
/// whether the commit is there before it is made.
/// </summary>
internal sealed class RunPublisher(
    HubOutput output, HubInput? input, ILedger ledger, RunCore core, RunPlaces places, IRunObserver observer)
{
    /// <summary>How often the card is written anew because someone else has changed the branch meanwhile.</summary>
    private const int MostAttempts = 5;

    /// <summary>Shards that are built again at a time: each takes a core, and room for its input and itself.</summary>
    private const int RebuiltAtATime = 2;

    private readonly ShardRebuilder _rebuilder = new(output, ledger, core, places);

    /// <summary>Someone else has committed, perhaps to the card: it is read again and merged, at once.</summary>
    private readonly ResiliencePipeline _whileOthersCommit = Retry.Create(
        new RetryOptions { Attempts = MostAttempts, FirstDelay = TimeSpan.Zero },
        failure => failure is HubException { Kind: HubErrorKind.PreconditionFailed });

    /// <exception cref="HubException">It failed; the same command finishes it.</exception>
    public async Task<PublishOutcome> PublishAsync(CancellationToken cancellationToken)
    {
        var shards = PublishedShard.Of(core);
        var missing = core.Files.Count - shards.Count;
        if (shards.Count == 0 || (missing > 0 && !output.Options.AllowMissing))
            return new PublishOutcome([], shards.Count == 0
                ? "there is no shard"
                : $"{missing} of {NumberText.Count(core.Files.Count, "file")} {(missing == 1 ? "has" : "have")} failed; --allow-missing publishes the others");
        var content = PublishedShard.Digest(shards);
        var noted = ledger.Load()!.Publication;
        if (noted?.Commits is { } made && noted.Content == content)
            return new PublishOutcome(made, null);
        await RestoreAsync(await output.FindMissingAsync([.. shards.Select(shard => shard.Blob)], cancellationToken),
            shards, cancellationToken);
        var mayBeOpen = noted is { Commits: null } && noted.Content == content;
        var commits = await CommitAsync(shards, content, mayBeOpen, cancellationToken);
        ledger.Commit([new LedgerChange.PublicationNoted(new PublicationRecord(content, commits))]);
        return new PublishOutcome(commits, null);
    }

    private async Task<IReadOnlyList<string>> CommitAsync(
        IReadOnlyList<PublishedShard> shards, string content, bool mayBeOpen, CancellationToken cancellationToken)
    {
        var parts = await new CardSource(core, ledger, input).ReadAsync(shards, cancellationToken);
        return await _whileOthersCommit.ExecuteAsync(
            async token =>
            {
                var plan = await PlanAsync(shards, parts, token);
                var results = output.Options.CreatePullRequest
                    ? await ProposeAsync(plan, shards, content, mayBeOpen, token)
                    : await SendAsync(plan, shards, token);
                return (IReadOnlyList<string>)[.. results.Select(result => result.Url)];
            },
            cancellationToken);
    }

    private async Task<IReadOnlyList<CommitRequest>> PlanAsync(
        IReadOnlyList<PublishedShard> shards, CardParts parts, CancellationToken cancellationToken)
    {
        var head = await output.GetHeadAsync(cancellationToken);
        var names = shards.Select(shard => shard.Path).ToList();
        var earlier = await output.FindEarlierAsync(head, names, shards, cancellationToken);
        var existing = await output.Hub.Client.ReadFileAsync(
            output.Repository, head, "README.md", cancellationToken);
        var card = DatasetCard.Update(
            existing is null ? null : Encoding.UTF8.GetString(existing),
            CardContent.Create(core, CardPlace.Of(output), shards, parts));
        var manifests = shards.Select(shard => new CommitOperation.AddFile(
            shard.ManifestPath, Manifest.Of(core, shard).ToJson())).ToList();
        var orphans = await output.FindManifestsAsync(head, earlier, cancellationToken);
        var request = new CommitRequest
        {
            Repository = output.Repository,
            Revision = output.Revision,
            Summary = output.Options.Message ??
                $"Add {shards.Count} {(shards.Count == 1 ? "shard" : "shards")} scored by {core.Run.Model.PublicName}",
            Description = $"Run {core.Run.RunId} of finewebtorch {core.Run.ProgramVersion}",
            Operations = [
                .. shards.Select(shard => new CommitOperation.AddLfsFile(
                    shard.Path, shard.Shard.Sha256, shard.Shard.Size)),
                .. manifests,
                .. earlier.Except(names, StringComparer.Ordinal).Concat(orphans)
                    .Except(manifests.Select(manifest => manifest.Path), StringComparer.Ordinal)
                    .Select(path => new CommitOperation.DeleteFile(path))],
            // The card depends on what was read.
            ParentCommit = output.Options.CreatePullRequest ? null : head,
            CreatePullRequest = output.Options.CreatePullRequest,
        };
        return CommitPlan.Split(
            request, new CommitOperation.AddFile("README.md", Encoding.UTF8.GetBytes(card)),
            output.Options.FilesPerCommit);
    }

    private Task<IReadOnlyList<CommitResult>> SendAsync(
        IReadOnlyList<CommitRequest> plan, IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken) =>
        output.Hub.Publisher.CommitAsync(
            plan, (lost, token) => RestoreAsync(lost, shards, token), cancellationToken);

    /// <summary>A pull request is opened once: where one may be open already, it is looked for.</summary>
    private async Task<IReadOnlyList<CommitResult>> ProposeAsync(
        IReadOnlyList<CommitRequest> plan, IReadOnlyList<PublishedShard> shards, string content, bool mayBeOpen,
        CancellationToken cancellationToken)
    {
        if (mayBeOpen && await FindOpenAsync(plan, cancellationToken) is { } open)
            return await SendAsync(open, shards, cancellationToken);
        ledger.Commit([new LedgerChange.PublicationNoted(new PublicationRecord(content, Commits: null))]);
        try
        {
            return await SendAsync(plan, shards, cancellationToken);
        }
        catch (HubException exception) when (exception.MayHaveBeenApplied)
        {
            if (await FindOpenAsync(plan, cancellationToken) is not { } opened)
                throw;
            return await SendAsync(opened, shards, cancellationToken);
        }
    }

    /// <returns>The same commits, to go to the pull request that holds the first of them.</returns>
    private async Task<IReadOnlyList<CommitRequest>?> FindOpenAsync(
        IReadOnlyList<CommitRequest> plan, CancellationToken cancellationToken)
    {
        foreach (var revision in await output.Hub.Client.GetPullRequestRevisionsAsync(
            output.Repository, cancellationToken))
        {
            var search = await output.Hub.Client.FindCommitAsync(
                output.Repository, revision, plan[0].Operations, cancellationToken);
            if (search.HasLanded)
                return [.. plan.Select(request => request with { Revision = revision, CreatePullRequest = false })];
        }

        return null;
    }

    private Task RestoreAsync(
        IReadOnlyList<LfsObject> lost, IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken)
    {
        var byContent = shards.DistinctBy(shard => shard.Shard.Sha256)
            .ToDictionary(shard => shard.Shard.Sha256, StringComparer.Ordinal);
        var done = 0;
        if (lost.Count > 0)
            observer.Observe(new RunEvent.ShardsLost(lost.Count));
        return Parallel.ForEachAsync(
            lost,
            new ParallelOptions { MaxDegreeOfParallelism = RebuiltAtATime, CancellationToken = cancellationToken },
            async (blob, token) =>
            {
                var shard = byContent[blob.Oid];
                await _rebuilder.RestoreAsync(shard.Shard, token);
                observer.Observe(new RunEvent.ShardRebuilt(shard.Path, Interlocked.Increment(ref done), lost.Count));
            });
    }
}

/// <summary>What became of a publication.</summary>
/// <param name="Commits">Pages of the commits; empty where nothing was published.</param>
/// <param name="Withheld">Why nothing was; null where it was.</param>
internal sealed record PublishOutcome(IReadOnlyList<string> Commits, string? Withheld);
