namespace FineWebTorch.Hub;

/// <summary>
/// Checks that nothing will fail for want of a right after hours of work. Each check fails with one line that says
/// which of them it was and what to do.
/// </summary>
public sealed class HubPreflight(HubClient client)
{
    /// <summary>
    /// The endpoint answers and the token may read the input. A gated repository shows its listing to everyone, so one
    /// file is asked for as well.
    /// </summary>
    /// <param name="kept">What an earlier process has listed of it.</param>
    /// <returns>The commit to read from then on, and the files, in order.</returns>
    public async Task<(string Commit, IReadOnlyList<HubFile> Files)> CheckInputAsync(
        HubPath input, KeptPages? kept = null, CancellationToken cancellationToken = default)
    {
        var info = await client.GetInfoAsync(input.Repository, input.Revision, cancellationToken).ConfigureAwait(false);
        var files = await client.FindFilesAsync(input, info.Commit, kept, cancellationToken).ConfigureAwait(false);
        await client.ResolveAsync(input.Repository, info.Commit, files[0].Path, cancellationToken)
            .ConfigureAwait(false);
        return (info.Commit, files);
    }

    /// <summary>The output repository exists, or is created, and the token may write to it.</summary>
    /// <param name="createPullRequest">The right to open a pull request will do, and the repository must exist.</param>
    /// <returns>Whether the repository was created.</returns>
    public async Task<bool> CheckOutputAsync(
        HubRepository repository, string revision, bool isPrivate, bool createPullRequest = false,
        CancellationToken cancellationToken = default)
    {
        var created = !createPullRequest &&
            await client.CreateRepositoryAsync(repository, isPrivate, cancellationToken).ConfigureAwait(false);
        var probe = UploadFile.FromBytes("README.md", "probe\n"u8.ToArray());
        await client.PreuploadAsync(repository, revision, [probe], createPullRequest, cancellationToken)
            .ConfigureAwait(false);
        return created;
    }

    /// <summary>As <see cref="CheckOutputAsync"/> as far as that can be known without creating anything.</summary>
    /// <returns>Whether the repository is private (null: it is not there), and whether it has the revision.</returns>
    public async Task<(bool? IsPrivate, bool HasRevision)> ProbeOutputAsync(
        HubRepository repository, string revision, bool createPullRequest,
        CancellationToken cancellationToken = default)
    {
        var info = await client.FindAsync(repository, cancellationToken).ConfigureAwait(false);
        if (info is null && !createPullRequest)
        {
            await CheckOwnerAsync(repository, cancellationToken).ConfigureAwait(false);
            return (null, false);
        }

        var hasRevision = info is null || await HasAsync(repository, revision, cancellationToken).ConfigureAwait(false);
        var probe = UploadFile.FromBytes("README.md", "probe\n"u8.ToArray());
        await client.PreuploadAsync(
            repository, hasRevision ? revision : "main", [probe], createPullRequest, cancellationToken)
            .ConfigureAwait(false);
        return (info?.Private ?? false, hasRevision);
    }

    private async Task<bool> HasAsync(HubRepository repository, string revision, CancellationToken cancellationToken)
    {
        try
        {
            await client.GetInfoAsync(repository, revision, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.RevisionNotFound)
        {
            return false;
        }
    }

    private async Task CheckOwnerAsync(HubRepository repository, CancellationToken cancellationToken)
    {
        var user = await client.WhoAmIAsync(cancellationToken).ConfigureAwait(false);
        var reason = user.Role == "read" ? "the token may only read; make one that may write"
            : user.Name != repository.Owner && !user.Organizations.Contains(repository.Owner)
                ? $"the token belongs to {user.Name}, which is not in an organization {repository.Owner}"
                : null;
        if (reason is not null)
            throw new HubException(HubErrorKind.Forbidden, $"cannot create {repository}: {reason}")
            {
                Repository = repository,
            };
    }
}
