using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using Polly;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>
/// Publishes a run's shards and its card at its end, once: the ledger notes the commits, and where it does not, the Hub
/// is asked whether they are there before they are made.
/// </summary>
internal sealed class RunPublisher(
    HubOutput output, HubInput? input, RunPullRequest pullRequest, ILedger ledger, RunCore core, RunPlaces places,
    IRunObserver observer)
{
    /// <summary>How often the card is written anew because someone else has changed the branch meanwhile.</summary>
    private const int MostAttempts = 5;

    /// <inheritdoc cref="PublicationPlan.Report"/>
    public PublicReport? Report { get; init; }

    private readonly ShardRebuilder _rebuilder = new(output, ledger, core, places, observer);

    /// <summary>Someone else has committed, perhaps to the card: it is read again and merged, at once.</summary>
    private readonly ResiliencePipeline _whileOthersCommit = Retry.Create(
        new RetryOptions { Attempts = MostAttempts, FirstDelay = TimeSpan.Zero },
        failure => failure is HubException { Kind: HubErrorKind.PreconditionFailed });

    /// <exception cref="HubException">It failed; the same command finishes it.</exception>
    /// <exception cref="UserErrorException">Someone stands in the way; the message says what to do.</exception>
    public async Task<PublishOutcome> PublishAsync(CancellationToken cancellationToken)
    {
        var shards = PublishedShard.Of(core, ledger);
        var missing = core.Files.Count - shards.Count;
        if (shards.Count == 0 || (missing > 0 && !output.Options.AllowMissing))
            return new PublishOutcome([], shards.Count == 0
                ? "there is no shard"
                : $"{missing} of {NumberText.Count(core.Files.Count, "file")} {(missing == 1 ? "has" : "have")} failed; --allow-missing publishes the others");
        var content = PublishedShard.Digest(shards);
        if (ledger.Load()!.Publication is { } noted && noted.Content == content)
            return new PublishOutcome(noted.Commits, null);
        await RestoreAsync(
            await output.FindMissingAsync([.. shards.Select(shard => shard.Blob)], cancellationToken), shards,
            cancellationToken);
        var plan = new PublicationPlan(
            output, core, ledger, shards, await new CardSource(core, ledger, input).ReadAsync(cancellationToken))
        {
            Report = Report,
        };
        if (await FindAsync(cancellationToken))
            await MergeAsync(plan, shards, cancellationToken);
        var results = output.Options.CreatePullRequest
            ? await ProposeAsync(plan, shards, cancellationToken)
            : await CommitAsync(plan, shards, cancellationToken);
        IReadOnlyList<string> commits = [.. results.Select(result => result.Url).Distinct(StringComparer.Ordinal)];
        ledger.Commit([new LedgerChange.PublicationNoted(new PublicationRecord(content, commits))]);
        return new PublishOutcome(commits, null);
    }

    /// <returns>Whether a pull request is to be merged: one that steps have gone to, or are always to go to.</returns>
    private async Task<bool> FindAsync(CancellationToken cancellationToken)
    {
        var (mode, proposes) = (output.Options.Mode, output.Options.CreatePullRequest);
        if (output.GivenPullRequest is not null || (mode == PublishMode.End && !proposes))
            return false;
        await pullRequest.FindAsync(NoteAsync, cancellationToken);
        // Merged by an earlier session that ended there, or by someone: what is left follows it to the branch.
        return !proposes && !pullRequest.IsMerged && (pullRequest.Number is not null || mode == PublishMode.Steps);
    }

    /// <summary>
    /// Brings everything to the branch at once, by the pull request. What it leaves to be committed is nothing, or the
    /// card that someone else has changed.
    /// </summary>
    private async Task MergeAsync(
        PublicationPlan plan, IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken)
    {
        await ProposeAsync(plan, shards, cancellationToken);
        await pullRequest.MergeAsync(shards.Count, cancellationToken);
        observer.Observe(new RunEvent.PullRequestMerged(PullRequest.RevisionOf(pullRequest.Number!.Value)));
    }

    private async Task<IReadOnlyList<CommitResult>> ProposeAsync(
        PublicationPlan plan, IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken)
    {
        var commits = await plan.MakeAsync(opens: pullRequest.Number is null, cancellationToken);
        if (pullRequest.IsMerged && await HaveLandedAsync(commits, cancellationToken))
            return await output.Hub.Publisher.CommitAsync(commits, cancellationToken: cancellationToken);
        return await pullRequest.SendAsync(
            commits, NoteAsync, (lost, token) => RestoreAsync(lost, shards, token), cancellationToken);
    }

    private async Task<bool> HaveLandedAsync(
        IReadOnlyList<CommitRequest> commits, CancellationToken cancellationToken) =>
        (await output.Hub.Client.FindCommitAsync(
            output.Repository, output.Revision, [.. commits.SelectMany(commit => commit.Operations)],
            cancellationToken)).HasLanded;

    private async Task<IReadOnlyList<CommitResult>> CommitAsync(
        PublicationPlan plan, IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken) =>
        await _whileOthersCommit.ExecuteAsync(
            async token => await output.Hub.Publisher.CommitAsync(
                await plan.MakeAsync(opens: false, token), (lost, ending) => RestoreAsync(lost, shards, ending), token),
            cancellationToken);

    private Task RestoreAsync(
        IReadOnlyList<LfsObject> lost, IReadOnlyList<PublishedShard> shards, CancellationToken cancellationToken) =>
        _rebuilder.RestoreAsync(lost, [.. shards.Select(shard => shard.Shard)], cancellationToken);

    private Task NoteAsync(params IReadOnlyList<LedgerChange> changes)
    {
        ledger.Commit(changes);
        return Task.CompletedTask;
    }
}

/// <summary>What became of a publication.</summary>
/// <param name="Commits">Pages of the commits; empty where nothing was published.</param>
/// <param name="Withheld">Why nothing was; null where it was.</param>
internal sealed record PublishOutcome(IReadOnlyList<string> Commits, string? Withheld);
