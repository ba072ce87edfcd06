using System.Globalization;
using FineWebTorch.Common;

namespace FineWebTorch.Hub;

public sealed partial class HubClient
{
    private const long LargestSmallFile = 64 << 20;

    /// <summary>
    /// Asks what a file is and where its bytes are: size and digest from the Hub's own answer, never from the storage
    /// behind it. Costs one request (a second one where the repository was renamed or the file is plain).
    /// </summary>
    /// <exception cref="HubException">
    /// <see cref="HubErrorKind.EntryNotFound"/> names the commit that lacks the file in <see
    /// cref="HubException.Commit"/>.
    /// </exception>
    public async Task<ResolvedFile> ResolveAsync(
        HubRepository repository, string revision, string path, CancellationToken cancellationToken = default)
    {
        var request = new HubRequest(
            HttpMethod.Head, _addresses.Resolve(repository, revision, path), $"read {repository}/{path}")
        {
            Repository = repository,
            Bucket = HubBucket.Resolvers,
            ForeignRedirectIsAnswer = true,
        };
        var answer = await _sender.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var commit =
            answer.Header("X-Repo-Commit") ?? throw answer.Unexpected(request, "names no commit; is this a Hub?");
        var etag = CleanEtag(answer.Header("X-Linked-Etag") ?? answer.Header("ETag"));
        if (etag.Length == 0 || !etag.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ||
            etag[0] == '.')
            throw answer.Unexpected(request, "has no usable ETag");
        var length = answer.Header("X-Linked-Size") ?? (answer.IsRedirect ? null : answer.Header("Content-Length"));
        if (!long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            throw answer.Unexpected(request, "does not say how large the file is");
        var target = answer.IsRedirect ? SignedUrl.Resolve(answer.Url, answer.Location!) : answer.Url;
        var needsToken = SignedUrl.SameOrigin(target, Options.Endpoint) && Options.Token is not null;
        return new ResolvedFile(
            new RemoteFile(repository, commit, path, etag, size),
            new SignedDownload(target.OriginalString, SignedUrl.Expiry(target), needsToken));
    }

    /// <summary>A small file's content, checked; null where the commit has no such file.</summary>
    /// <exception cref="HubException">It cannot be read, or is not small: more than 64 MiB.</exception>
    public Task<byte[]?> ReadFileAsync(
        HubRepository repository, string revision, string path, CancellationToken cancellationToken = default) =>
        NullIfAsync(kind => kind == HubErrorKind.EntryNotFound, async () =>
        {
            var resolved = await ResolveAsync(repository, revision, path, cancellationToken).ConfigureAwait(false);
            var reader = OpenReader(resolved);
            if (resolved.File.Size > LargestSmallFile)
                throw new HubException(
                    HubErrorKind.WrongContent,
                    $"{resolved.File} has {NumberText.Size(resolved.File.Size)}, too much for a file of its kind");
            var content = new byte[resolved.File.Size];
            await reader.ReadAsync(0, content, cancellationToken).ConfigureAwait(false);
            ContentDigest.Check(resolved.File, content);
            return content;
        });

    /// <summary>A reader of a file's ranges that asks this client for a new address when one expires.</summary>
    public RemoteFileReader OpenReader(ResolvedFile resolved) => new(
        Transport, resolved.File, resolved.Download,
        async cancellationToken => (await ResolveAsync(
            resolved.File.Repository, resolved.File.Commit, resolved.File.Path, cancellationToken)
            .ConfigureAwait(false)).Download,
        Options.Authorize);

    private static string CleanEtag(string? header)
    {
        var etag = header?.Trim() ?? "";
        return (etag.StartsWith("W/", StringComparison.Ordinal) ? etag[2..] : etag).Trim('"');
    }
}
