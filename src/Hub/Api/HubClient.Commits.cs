using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

public sealed partial class HubClient
{
    /// <summary>
    /// Commits. Where it is unclear whether the commit has landed (409, 412, 429, 5xx, a time-out, a broken connection)
    /// the Hub is asked which of the changes are there before what is missing is sent again: there is never a second
    /// commit.
    /// </summary>
    /// <exception cref="HubException">
    /// <see cref="HubErrorKind.PreconditionFailed"/> only with <see cref="CommitRequest.ParentCommit"/>: read again and
    /// decide anew.
    /// <see cref="HubErrorKind.BadRequest"/> also where storage has lost an object: see <see cref="FindMissingAsync"/>.
    /// </exception>
    public async Task<CommitResult> CommitAsync(CommitRequest request, CancellationToken cancellationToken = default)
    {
        if (request.CreatePullRequest)
            return await OpenPullRequestAsync(request, cancellationToken).ConfigureAwait(false);
        HubException? unclear = null;
        var retry = Options.CommitRetry.Pipeline(
            Transport, failure => failure == unclear && IsUnclear(failure),
            (failure, pause, _) => HubLog.CommitUnclear(Transport.Logger, failure.Message, pause.TotalSeconds));
        return await retry.ExecuteAsync(AttemptAsync, cancellationToken).ConfigureAwait(false);

        async ValueTask<CommitResult> AttemptAsync(CancellationToken token)
        {
            var rest = request;
            if (unclear is { } before)
            {
                unclear = null;
                var search = await FindCommitAsync(request.Repository, request.Revision, request.Operations, token)
                    .ConfigureAwait(false);
                if (search.HasLanded)
                    return await DescribeLandedAsync(request, search, token).ConfigureAwait(false);
                if (before.Kind == HubErrorKind.PreconditionFailed && request.ParentCommit is not null)
                    throw before;
                rest = request with { Operations = search.Missing };
            }

            try
            {
                return await CommitOnceAsync(rest, token).ConfigureAwait(false);
            }
            catch (HubException failure)
            {
                unclear = failure;
                throw;
            }
        }
    }

    /// <summary>Which of a commit's changes a branch lacks.</summary>
    public async Task<CommitSearch> FindCommitAsync(
        HubRepository repository, string revision, IReadOnlyList<CommitOperation> operations,
        CancellationToken cancellationToken = default)
    {
        var paths = operations.Where(operation => operation is not CommitOperation.DeleteFolder)
            .Select(operation => operation.Path).Distinct().ToList();
        var rows = (await GetPathsAsync(repository, revision, paths, true, cancellationToken).ConfigureAwait(false))
            .DistinctBy(row => row.Path).ToDictionary(row => row.Path);
        var additions = operations.Where(operation => !operation.IsDeletion)
            .Select(operation => operation.Path).ToHashSet();
        var missing = new List<CommitOperation>();
        foreach (var operation in operations)
        {
            var there = operation is CommitOperation.DeleteFolder folder
                ? await HoldsOnlyAsync(repository, revision, folder.Path, additions, cancellationToken)
                    .ConfigureAwait(false)
                : IsThere(operation, rows.GetValueOrDefault(operation.Path), additions);
            if (!there)
                missing.Add(operation);
        }
        var newest = rows.Values.Where(row => additions.Contains(row.Path)).Select(row => row.LastCommit)
            .OfType<HubCommit>().MaxBy(commit => commit.Date);
        return new CommitSearch(missing, newest);
    }

    /// <summary>The result of a commit that was found on the branch.</summary>
    internal async Task<CommitResult> DescribeLandedAsync(
        CommitRequest request, CommitSearch search, CancellationToken cancellationToken)
    {
        var id = search.Newest?.Id ?? (await GetCommitsAsync(request.Repository, request.Revision, cancellationToken)
            .ConfigureAwait(false))[0].Id;
        HubLog.CommitFound(Transport.Logger, id);
        return new CommitResult(id, CommitUrl(request.Repository, id), null, true);
    }

    private string CommitUrl(HubRepository repository, string id) =>
        $"{Options.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository}/commit/{id}";

    private async Task<CommitResult> CommitOnceAsync(CommitRequest request, CancellationToken cancellationToken)
    {
        var query = request.CreatePullRequest ? "?create_pr=1" : "";
        var message = new HubRequest(
            HttpMethod.Post,
            _addresses.Api(request.Repository, $"commit/{HubAddresses.Revision(request.Revision)}{query}"),
            $"commit to {request.Repository}")
        {
            Repository = request.Repository,
            Content = () => CommitBody.Write(request),
            MayRepeat = false,
            Limit = Options.CommitTimeout,
        };
        var answer = await _sender.SendAsync(message, cancellationToken).ConfigureAwait(false);
        var commit = answer.Read<CommitDto>(message);
        if (commit.CommitOid is not { Length: > 0 } id)
            throw answer.Unexpected(message, "names no commit");
        var number = commit.PullRequestUrl?[(commit.PullRequestUrl.LastIndexOf('/') + 1)..];
        return new CommitResult(
            id, commit.CommitUrl ?? CommitUrl(request.Repository, id),
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : null,
            false);
    }

    private static bool IsUnclear(HubException exception) => exception.MayHaveBeenApplied || exception.Kind
        is HubErrorKind.Conflict or HubErrorKind.PreconditionFailed or HubErrorKind.RateLimited
        or HubErrorKind.BadAnswer;

    private static bool IsThere(CommitOperation operation, HubFile? row, HashSet<string> additions) => operation switch
    {
        CommitOperation.AddLfsFile add => row?.Sha256 == add.Oid,
        CommitOperation.AddFile add => row is not null && (row.BlobId == GitBlob.Id(add.Content) ||
            row.Sha256 == Sha256.Of(add.Content)),
        _ => row is null || additions.Contains(operation.Path),
    };

    private async Task<bool> HoldsOnlyAsync(
        HubRepository repository, string revision, string folder, HashSet<string> allowed,
        CancellationToken cancellationToken)
    {
        try
        {
            await foreach (
                var file in ListAsync(repository, revision, folder, cancellationToken: cancellationToken)
                    .ConfigureAwait(false))
            {
                if (!file.IsFolder && !allowed.Contains(file.Path))
                    return false;
            }
            return true;
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.EntryNotFound)
        {
            return true;
        }
    }

    private sealed record CommitDto(string? CommitOid, string? CommitUrl, string? PullRequestUrl);
}

/// <summary>What a look at the Hub said about a commit's changes.</summary>
/// <param name="Missing">Changes that are not there yet.</param>
/// <param name="Newest">The newest commit that touched what is there; null where the Hub did not say.</param>
public sealed record CommitSearch(IReadOnlyList<CommitOperation> Missing, HubCommit? Newest)
{
    /// <summary>Whether everything is there.</summary>
    public bool HasLanded => Missing.Count == 0;
}
