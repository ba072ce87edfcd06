using System.Security.Cryptography;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>Writes changes to the ledger; returns when they would survive a crash.</summary>
internal delegate Task LedgerNote(params IReadOnlyList<LedgerChange> changes);

/// <summary>Builds objects again that the storage has lost.</summary>
internal delegate Task RestoreShards(IReadOnlyList<LfsObject> lost, CancellationToken cancellationToken);

/// <summary>
/// The pull request that holds a run's shards until all are there, so that storage drops none and nobody sees half a
/// dataset. It is opened once: the ledger knows of it before it is there, and by its mark it is found again.
/// </summary>
/// <param name="noted">What the ledger said of it when the run was opened.</param>
internal sealed class RunPullRequest(HubOutput output, PullRequestRecord? noted)
{
    private PullRequestRecord? _noted = noted;

    private HubClient Client => output.Hub.Client;

    /// <summary>The last one that was looked for is in its branch.</summary>
    public bool IsMerged { get; private set; }

    /// <summary>Null while it is not known to be open.</summary>
    public int? Number => output.GivenPullRequest ?? _noted?.Number;

    /// <summary>Looks for it on the Hub.</summary>
    /// <returns>Its number; null where there is none, or no longer one to commit to.</returns>
    /// <exception cref="UserErrorException">Someone has closed it.</exception>
    public async Task<int?> FindAsync(LedgerNote note, CancellationToken cancellationToken)
    {
        if (_noted is { Number: null } opening &&
            (await Client.FindPullRequestAsync(output.Repository, opening.Mark, cancellationToken))?.PullRequest is { } found)
            await NoteAsync(opening with { Number = found }, note);
        if (Number is not { } number)
            return null;
        var status = (await Client.GetPullRequestAsync(output.Repository, number, cancellationToken)).Status;
        if (status == PullRequestStatus.Closed)
            throw IsClosed(number);
        if (status != PullRequestStatus.Merged)
            return number;
        if (output.GivenPullRequest is not null)
            throw new UserErrorException(
                $"--revision {output.Revision}: pull request {number} is merged; give another --revision");
        (IsMerged, _noted) = (true, null);
        return null;
    }

    /// <summary>
    /// Commits to what <see cref="FindAsync"/> has found, or opens it with the first commit where it found none.
    /// </summary>
    /// <param name="plan">Commits for the branch; what has landed of them is not sent again.</param>
    /// <param name="note">Told the number as soon as there is one.</param>
    /// <param name="restore">Called where storage has dropped what is to be committed.</param>
    /// <param name="cancellationToken">Leaves what the next call finishes.</param>
    public async Task<IReadOnlyList<CommitResult>> SendAsync(
        IReadOnlyList<CommitRequest> plan, LedgerNote note, RestoreShards restore, CancellationToken cancellationToken)
    {
        IReadOnlyList<CommitResult> opened = Number is null
            ? [await OpenAsync(plan[0], note, restore, cancellationToken)]
            : [];
        var revision = PullRequest.RevisionOf(Number!.Value);
        var rest = plan.Skip(opened.Count).Select(request => request with { Revision = revision, ParentCommit = null });
        return [
            .. opened,
            .. await output.Hub.Publisher.CommitAsync(rest, restore.Invoke, cancellationToken)];
    }

    /// <summary>Brings it into its branch. Whatever comes of the request, it is merged once.</summary>
    /// <param name="shards">How many it holds; for messages.</param>
    /// <exception cref="UserErrorException">It cannot be merged; the message says why and what to do.</exception>
    public async Task MergeAsync(int shards, CancellationToken cancellationToken)
    {
        var number = Number!.Value;
        var held = $"all {NumberText.Count(shards, "shard")} are in pull request {number}, {PageOf(number)}, which";
        try
        {
            var found = await Client.MergeAsync(output.Repository, number, cancellationToken);
            if (found.HasConflicts)
            {
                await WithdrawCardAsync(found, cancellationToken);
                found = await Client.MergeAsync(output.Repository, number, cancellationToken);
            }

            if (found.Status == PullRequestStatus.Closed)
                throw IsClosed(number);
            if (found.Status != PullRequestStatus.Merged)
                throw new UserErrorException(
                    $"{held} cannot be merged: {output.Revision} has changed the same files since; make them as they " +
                    "were there, or give --publish end, which commits to it directly");
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.Forbidden)
        {
            throw new UserErrorException(
                $"{held} the token may not merge: have someone merge it, or set HF_TOKEN to a token that may write; " +
                "then the same command finishes", inner: exception);
        }

        IsMerged = true;
    }

    private async Task<CommitResult> OpenAsync(
        CommitRequest first, LedgerNote note, RestoreShards restore, CancellationToken cancellationToken)
    {
        if (_noted is null)
            await NoteAsync(new PullRequestRecord(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), null), note);
        var mark = _noted!.Mark;
        var request = first with
        {
            Description = $"{first.Description} ({mark})",
            ParentCommit = null,
            CreatePullRequest = true,
            PullRequestMark = mark,
        };
        var opened = (await output.Hub.Publisher.CommitAsync([request], restore.Invoke, cancellationToken))[0];
        // The answer names it, or should.
        var number = opened.PullRequest ??
            (await Client.FindPullRequestAsync(output.Repository, mark, cancellationToken))?.PullRequest;
        if (number is null)
            throw new HubException(
                HubErrorKind.BadAnswer, $"cannot commit to {output.Repository}: the Hub names no pull request");
        IsMerged = false;
        await NoteAsync(_noted with { Number = number }, note);
        return opened;
    }

    private async Task NoteAsync(PullRequestRecord record, LedgerNote note)
    {
        await note(new LedgerChange.PullRequestNoted(record));
        _noted = record;
    }

    /// <summary>
    /// Where the branch's card has changed meanwhile, the pull request takes that one over, whatever it is: what both
    /// sides have alike is no conflict. The card that describes the shards then follows the merge.
    /// </summary>
    private async Task WithdrawCardAsync(PullRequest conflicting, CancellationToken cancellationToken)
    {
        const string Card = "README.md";
        var theirs = await Client.ReadFileAsync(output.Repository, output.Revision, Card, cancellationToken);
        await output.Hub.Publisher.CommitAsync(
            [new CommitRequest
            {
                Repository = output.Repository,
                Revision = conflicting.Revision,
                Summary = $"Card as in {output.Revision}",
                Operations = [theirs is null
                    ? new CommitOperation.DeleteFile(Card)
                    : new CommitOperation.AddFile(Card, theirs)],
            }],
            cancellationToken: cancellationToken);
    }

    private UserErrorException IsClosed(int number) => new(
        $"pull request {number}, {PageOf(number)}, has been closed; open it again there, or give --publish end, which " +
        $"commits to {output.Revision} at the run's end");

    private string PageOf(int number) => Client.PageOf(output.Repository, number);
}
