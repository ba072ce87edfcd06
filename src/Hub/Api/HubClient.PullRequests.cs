using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Hub;

public sealed partial class HubClient
{
    /// <summary>The revisions of a repository's pull requests, newest first: <c>refs/pr/NUMBER</c>.</summary>
    public async Task<IReadOnlyList<string>> GetPullRequestRevisionsAsync(
        HubRepository repository, CancellationToken cancellationToken = default)
    {
        var request = Get(
            _addresses.Api(repository, "refs?include_prs=1"), $"list the pull requests of {repository}", repository);
        var refs = await _sender.ReadAsync<RefsDto>(request, cancellationToken).ConfigureAwait(false);
        return [.. (refs.PullRequests ?? []).Select(one => one.Ref)
            .OrderByDescending(one => int.TryParse(one[(one.LastIndexOf('/') + 1)..], out var number) ? number : 0)];
    }

    /// <summary>Where people look at a pull request.</summary>
    public string PageOf(HubRepository repository, int number) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Options.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository}/discussions/{number}");

    /// <summary>How a pull request stands.</summary>
    public async Task<PullRequest> GetPullRequestAsync(
        HubRepository repository, int number, CancellationToken cancellationToken = default)
    {
        var request = Get(Discussion(repository, number), $"read pull request {number} of {repository}", repository);
        var answer = await _sender.ReadAsync<PullRequestDto>(request, cancellationToken).ConfigureAwait(false);
        return new PullRequest(repository, number, StatusOf(answer.Status))
        {
            MergeCommit = answer.Changes?.MergeCommitId,
            // A list, or true where the Hub could not make one.
            HasConflicts = answer.FilesWithConflicts is { ValueKind: JsonValueKind.True } ||
                (answer.FilesWithConflicts is { ValueKind: JsonValueKind.Array } files && files.GetArrayLength() > 0),
        };
    }

    /// <summary>Opens a pull request to commit to. Sent once: a lost answer repeated would open a second one.</summary>
    /// <returns>Its number; commits go to the revision <c>refs/pr/NUMBER</c>.</returns>
    public async Task<int> CreatePullRequestAsync(
        HubRepository repository, string title, string description, CancellationToken cancellationToken = default)
    {
        var request = Post(
            _addresses.Api(repository, "discussions"), $"open a pull request on {repository}", repository,
            new DiscussionDto(title, description, true));
        var once = request with { MayRepeat = false };
        return (await _sender.ReadAsync<NumberDto>(once, cancellationToken).ConfigureAwait(false)).Num;
    }

    /// <summary>The pull request that was opened with a commit of this mark.</summary>
    /// <returns>Its number and that commit; null where there is none.</returns>
    public async Task<CommitResult?> FindPullRequestAsync(
        HubRepository repository, string mark, CancellationToken cancellationToken = default)
    {
        // The oldest first: once it is merged, those that came later may have its commit in their history.
        var revisions = await GetPullRequestRevisionsAsync(repository, cancellationToken).ConfigureAwait(false);
        foreach (var revision in revisions.Reverse())
        {
            var commits = await GetCommitsAsync(repository, revision, cancellationToken).ConfigureAwait(false);
            if (commits.FirstOrDefault(one => one.Description.Contains(mark, StringComparison.Ordinal)) is not { } first)
                continue;
            var end = revision.AsSpan(revision.LastIndexOf('/') + 1);
            if (!int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                continue;
            return new CommitResult(first.Id, CommitUrl(repository, first.Id), number, true);
        }

        return null;
    }

    /// <summary>
    /// Merges a pull request into its branch, which gets all of it in one commit. Whatever comes of the request, the
    /// pull request itself is asked whether it is merged before the request is sent again.
    /// </summary>
    /// <returns>
    /// The pull request as it is then: merged; closed by someone; or open with conflicts, which no repetition solves.
    /// </returns>
    /// <exception cref="HubException">
    /// <see cref="HubErrorKind.Forbidden"/>: the token may not merge. Others: it is not merged, and may be soon.
    /// </exception>
    public async Task<PullRequest> MergeAsync(
        HubRepository repository, int number, CancellationToken cancellationToken = default)
    {
        var retry = Options.CommitRetry.Pipeline(
            Transport, IsUnclear, (failure, pause, _) =>
                HubLog.CommitUnclear(Transport.Logger, failure.Message, pause.TotalSeconds));
        return await retry.ExecuteAsync(
            async token => await MergeOnceAsync(repository, number, token).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Opens a pull request with a commit, again only where none is there that has the mark.</summary>
    private async Task<CommitResult> OpenPullRequestAsync(CommitRequest request, CancellationToken cancellationToken)
    {
        if (request.PullRequestMark is not { } mark)
            return await CommitOnceAsync(request, cancellationToken).ConfigureAwait(false);
        var failed = false;
        var retry = Options.CommitRetry.Pipeline(
            Transport, IsUnclear, (failure, pause, _) =>
                HubLog.CommitUnclear(Transport.Logger, failure.Message, pause.TotalSeconds));
        return await retry.ExecuteAsync(
            async token =>
            {
                var found = failed
                    ? await FindPullRequestAsync(request.Repository, mark, token).ConfigureAwait(false)
                    : null;
                failed = true;
                return found ?? await CommitOnceAsync(request, token).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<PullRequest> MergeOnceAsync(
        HubRepository repository, int number, CancellationToken cancellationToken)
    {
        Task<PullRequest> LookAsync() => GetPullRequestAsync(repository, number, cancellationToken);
        var found = await LookAsync().ConfigureAwait(false);
        if (found.Status == PullRequestStatus.Draft)
            await PublishDraftAsync(found, cancellationToken).ConfigureAwait(false);
        else if (!found.IsMergeable)
            return found;
        var request = Post(
            Discussion(repository, number, "/merge"),
            $"merge pull request {number} of {repository}", repository, new MergeDto());
        try
        {
            await _sender.SendAsync(
                request with { MayRepeat = false, Limit = Options.CommitTimeout }, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (HubException)
        {
            found = await LookAsync().ConfigureAwait(false);
            if (found.IsMergeable || found.Status == PullRequestStatus.Draft)
                throw;
            return found;
        }

        // What the Hub says of it may lag behind.
        return await LookAsync().ConfigureAwait(false) with { Status = PullRequestStatus.Merged };
    }

    /// <summary>A draft cannot be merged.</summary>
    private async Task PublishDraftAsync(PullRequest draft, CancellationToken cancellationToken)
    {
        var request = Post(
            Discussion(draft.Repository, draft.Number, "/status"),
            $"open pull request {draft.Number} of {draft.Repository}", draft.Repository, new StatusDto("open"));
        await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private Uri Discussion(HubRepository repository, int number, string rest = "") =>
        _addresses.Api(repository, string.Create(CultureInfo.InvariantCulture, $"discussions/{number}{rest}"));

    /// <param name="status">One this program does not know is none in which it would hold back.</param>
    private static PullRequestStatus StatusOf(string? status) =>
        Enum.TryParse<PullRequestStatus>(status, ignoreCase: true, out var known) ? known : PullRequestStatus.Open;

    private sealed record RefsDto(PullRequestRefDto[]? PullRequests);

    private sealed record PullRequestRefDto([property: JsonRequired] string Ref);

    private sealed record PullRequestDto(string? Status, ChangesDto? Changes, JsonElement? FilesWithConflicts);

    private sealed record ChangesDto(string? MergeCommitId);

    private sealed record DiscussionDto(string Title, string Description, bool PullRequest);

    private sealed record NumberDto(int Num);

    private sealed record MergeDto;

    private sealed record StatusDto(string Status);
}

/// <summary>A pull request at a moment.</summary>
public sealed record PullRequest(HubRepository Repository, int Number, PullRequestStatus Status)
{
    /// <summary>What the merge has made on the branch; null before, and where the Hub does not say.</summary>
    public string? MergeCommit { get; init; }

    /// <summary>The branch has changed what this changes as well.</summary>
    public bool HasConflicts { get; init; }

    /// <summary>Where its commits are.</summary>
    public string Revision => RevisionOf(Number);

    internal bool IsMergeable => Status == PullRequestStatus.Open && !HasConflicts;

    public static string RevisionOf(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"refs/pr/{number}");
}

/// <summary>Whether a pull request can still be committed to.</summary>
public enum PullRequestStatus
{
    /// <summary>Opened by a program without a commit, and not published yet.</summary>
    Draft,
    Open,

    /// <summary>Someone does not want it; it can be opened again.</summary>
    Closed,
    Merged,
}
