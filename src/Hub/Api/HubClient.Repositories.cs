using System.Text.Json;

namespace FineWebTorch.Hub;

public sealed partial class HubClient
{
    private const int MostCreateAttempts = 5;

    /// <summary>The Hub limits this call harder than others: at most once a run.</summary>
    public async Task<HubUser> WhoAmIAsync(CancellationToken cancellationToken = default)
    {
        var request = Get(_addresses.Api("whoami-v2"), "ask who the token belongs to", null);
        var user = await _sender.ReadAsync<WhoAmIDto>(request, cancellationToken).ConfigureAwait(false);
        return new HubUser(
            user.Name ?? "", [.. user.Orgs?.Select(org => org.Name).OfType<string>() ?? []], user.Auth?.AccessToken?.Role);
    }

    /// <summary>Which commit a revision stands for. Do this once a run and name the commit from then on.</summary>
    public async Task<RepositoryInfo> GetInfoAsync(
        HubRepository repository, string? revision = null, CancellationToken cancellationToken = default)
    {
        var rest = revision is null ? "" : $"revision/{HubAddresses.Revision(revision)}";
        var request = Get(
            _addresses.Api(repository, rest), $"read {repository}{(revision is null ? "" : "@" + revision)}",
            repository);
        var answer = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var info = answer.Read<InfoDto>(request);
        if (info.Sha is not { Length: 40 })
            throw answer.Unexpected(request, "names no commit");
        var gated = info.Gated is { ValueKind: JsonValueKind.String or JsonValueKind.True };
        return new RepositoryInfo(repository, info.Sha, info.Private, gated);
    }

    /// <summary>As <see cref="GetInfoAsync"/>; null where the repository does not exist or cannot be seen.</summary>
    public Task<RepositoryInfo?> FindAsync(HubRepository repository, CancellationToken cancellationToken = default) =>
        NullIfAsync(
            kind => kind is HubErrorKind.RepositoryNotFound or HubErrorKind.NotFound,
            () => GetInfoAsync(repository, null, cancellationToken));

    /// <returns>Whether it was created; false where it was there already.</returns>
    public async Task<bool> CreateRepositoryAsync(
        HubRepository repository, bool isPrivate, CancellationToken cancellationToken = default)
    {
        var body = new CreateDto(
            repository.Name, repository.Owner, repository.Kind.Singular(), isPrivate ? "private" : null);
        var request = Post(_addresses.Api("repos/create"), $"create {repository}", repository, body);
        var retry = (Transport.Options.Retry with { Attempts = MostCreateAttempts }).Pipeline(
            Transport, failure => failure.Kind == HubErrorKind.Conflict, Transport.LogRetry);
        return await retry.ExecuteAsync(AttemptAsync, cancellationToken).ConfigureAwait(false);

        async ValueTask<bool> AttemptAsync(CancellationToken token)
        {
            try
            {
                await _sender.SendAsync(request, token).ConfigureAwait(false);
                return true;
            }
            catch (HubException exception) when (exception.Kind is HubErrorKind.Conflict or HubErrorKind.Forbidden
                or HubErrorKind.PaymentRequired or HubErrorKind.Unauthorized)
            {
                // Without the right to create, a repository that exists will do. A conflict while it does not
                // exist is another operation in progress.
                if (await FindAsync(repository, token).ConfigureAwait(false) is null)
                    throw;
                return false;
            }
        }
    }

    public async Task DeleteRepositoryAsync(HubRepository repository, CancellationToken cancellationToken = default)
    {
        var body = new CreateDto(repository.Name, repository.Owner, repository.Kind.Singular(), null);
        var request = new HubRequest(HttpMethod.Delete, _addresses.Api("repos/delete"), $"delete {repository}")
        {
            Repository = repository,
            Content = () => HubJson.Body(body),
        };
        await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <param name="startingPoint">Branch or commit; null for the default branch.</param>
    /// <returns>Whether it was created; false where it was there already.</returns>
    public async Task<bool> CreateBranchAsync(
        HubRepository repository, string branch, string? startingPoint = null,
        CancellationToken cancellationToken = default)
    {
        var url = _addresses.Api(repository, $"branch/{HubAddresses.Revision(branch)}");
        try
        {
            await _sender.SendAsync(
                Post(url, $"create branch {branch} of {repository}", repository, new BranchDto(startingPoint)),
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.Conflict)
        {
            return false;
        }
    }

    private sealed record WhoAmIDto(string? Name, OrgDto[]? Orgs, AuthDto? Auth);

    private sealed record OrgDto(string? Name);

    private sealed record AuthDto(AccessTokenDto? AccessToken);

    private sealed record AccessTokenDto(string? Role);

    private sealed record InfoDto(string? Sha, bool? Private, JsonElement? Gated);

    private sealed record CreateDto(string Name, string Organization, string Type, string? Visibility);

    private sealed record BranchDto(string? StartingPoint);
}

/// <summary>A repository at a revision.</summary>
/// <param name="Commit">40 hex digits. Right after a commit the Hub may still name the one before.</param>
/// <param name="Private">Null where the Hub did not say.</param>
/// <param name="Gated">Whether its files can be read only once its terms are accepted.</param>
public sealed record RepositoryInfo(HubRepository Repository, string Commit, bool? Private, bool Gated);

/// <summary>Who the token belongs to.</summary>
/// <param name="Role">
/// Of the token: <c>read</c>, <c>write</c>, <c>fineGrained</c>; null where the Hub did not say.
/// </param>
public sealed record HubUser(string Name, IReadOnlyList<string> Organizations, string? Role);
