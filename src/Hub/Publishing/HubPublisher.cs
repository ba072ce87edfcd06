using System.Text;

namespace FineWebTorch.Hub;

/// <summary>Makes the commits of a publication, each of them once, whatever happened to an earlier attempt.</summary>
public sealed class HubPublisher(HubClient client)
{
    private const int MostEdits = 8;

    /// <summary>
    /// Makes the commits in order. Those that an earlier run has made are found and not repeated; one that fails stops
    /// the rest, and calling this again with the same list finishes. Where the first one names a parent, each further
    /// one names the one before it: nobody else's commit comes between what was read and the last of them unnoticed.
    /// </summary>
    /// <param name="rebuild">
    /// Uploads again what the storage has lost since; null where nobody can. Called at most once a commit.
    /// </param>
    /// <returns>One result for each commit. After one that opens a pull request, the rest go there.</returns>
    public async Task<IReadOnlyList<CommitResult>> CommitAsync(
        IEnumerable<CommitRequest> requests,
        Func<IReadOnlyList<LfsObject>, CancellationToken, Task>? rebuild = null,
        CancellationToken cancellationToken = default)
    {
        var results = new List<CommitResult>();
        string? pullRequest = null;
        string? parent = null;
        foreach (var planned in requests)
        {
            parent ??= planned.ParentCommit;
            var request = planned with { Revision = pullRequest ?? planned.Revision, ParentCommit = parent };
            var search = request.CreatePullRequest ? null : await client.FindCommitAsync(
                request.Repository, request.Revision, request.Operations, cancellationToken).ConfigureAwait(false);
            if (search is { HasLanded: true })
            {
                results.Add(await client.DescribeLandedAsync(request, search, cancellationToken).ConfigureAwait(false));
                continue;
            }
            var missing = request with { Operations = search?.Missing ?? request.Operations };
            results.Add(await SendAsync(missing, rebuild, cancellationToken).ConfigureAwait(false));
            pullRequest ??= results[^1].PullRequestRevision;
            parent = parent is null ? null : results[^1].Id;
        }
        return results;
    }

    /// <summary>Changes one small text file by what it holds now, again when someone else was faster.</summary>
    /// <param name="edit">
    /// From the current text (null: no such file) to the new one; the same text means no commit.
    /// </param>
    /// <param name="knownHead">A commit just made, which the Hub may not name as the head yet.</param>
    /// <returns>Null where nothing had to change.</returns>
    public async Task<CommitResult?> EditAsync(
        HubRepository repository, string revision, string path, Func<string?, string> edit, string summary,
        string? knownHead = null, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            var head = (attempt == 1 ? knownHead : null) ??
                await GetHeadAsync(repository, revision, path, cancellationToken).ConfigureAwait(false);
            var current = await client.ReadFileAsync(repository, head, path, cancellationToken).ConfigureAwait(false);
            var before = current is null ? null : Encoding.UTF8.GetString(current);
            var after = edit(before);
            if (after == before)
                return null;
            try
            {
                return await client.CommitAsync(new CommitRequest
                {
                    Repository = repository,
                    Revision = revision,
                    Summary = summary,
                    ParentCommit = head,
                    Operations = [new CommitOperation.AddFile(path, Encoding.UTF8.GetBytes(after))],
                }, cancellationToken).ConfigureAwait(false);
            }
            catch (HubException exception) when (
                exception.Kind == HubErrorKind.PreconditionFailed && attempt < MostEdits)
            {
                // Read again and merge: that is what the parent was for.
            }
        }
    }

    /// <summary>The head of a branch as the commit service sees it, which repository info may lag behind.</summary>
    public async Task<string> GetHeadAsync(
        HubRepository repository, string revision, string path, CancellationToken cancellationToken = default)
    {
        var probe = UploadFile.FromBytes(path, [(byte)'\n']);
        var said = await client.PreuploadAsync(repository, revision, [probe], false, cancellationToken)
            .ConfigureAwait(false);
        return said.HeadCommit ??
            (await client.GetInfoAsync(repository, revision, cancellationToken).ConfigureAwait(false)).Commit;
    }

    private async Task<CommitResult> SendAsync(
        CommitRequest request, Func<IReadOnlyList<LfsObject>, CancellationToken, Task>? rebuild,
        CancellationToken cancellationToken)
    {
        try
        {
            return await client.CommitAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.BadRequest && rebuild is not null)
        {
            var lost = await FindLostAsync(request, cancellationToken).ConfigureAwait(false);
            if (lost.Count == 0)
                throw;
            await rebuild(lost, cancellationToken).ConfigureAwait(false);
            return await client.CommitAsync(request, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Storage drops what was uploaded and not committed for a day.</summary>
    private Task<IReadOnlyList<LfsObject>> FindLostAsync(CommitRequest request, CancellationToken cancellationToken) =>
        client.FindMissingAsync(
            request.Repository, request.CreatePullRequest ? null : request.Revision,
            [.. request.Operations.OfType<CommitOperation.AddLfsFile>()
                .Select(add => new LfsObject(add.Oid, add.Size))],
            cancellationToken);
}
