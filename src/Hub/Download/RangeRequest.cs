using System.Globalization;
using System.Net.Http.Headers;
using System.Net;

namespace FineWebTorch.Hub;

/// <summary>One GET of a range: sends it, follows redirects and judges the head of the answer.</summary>
internal sealed class RangeRequest(
    HubTransport transport, RemoteFile file, Func<Uri, AuthenticationHeaderValue?> authorize)
{
    private const int MostRedirects = 10;

    /// <summary>A server that ignores ranges is put up with where no more than this is thrown away.</summary>
    private const long MostSkipped = 32 << 20;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <param name="end">The first byte that is not wanted.</param>
    public async Task<RangeAnswer> SendAsync(
        SignedDownload download, long start, long end, CancellationToken cancellationToken)
    {
        var url = SignedUrl.Create(download.Url);
        for (var hops = 0; hops <= MostRedirects; hops++)
        {
            var response = await OnceAsync(url, start, end, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) ||
                Location(response) is not { } location)
                return await JudgeAsync(response, url, start, cancellationToken).ConfigureAwait(false);
            response.Dispose();
            var target = SignedUrl.Resolve(url, location);
            DemandNamed(url, target);
            url = target;
        }
        throw new HubException(
            HubErrorKind.BadAnswer, $"cannot read {file}: more than {MostRedirects} redirects in a row");
    }

    /// <summary>
    /// The Hub may name any host, and did by its answer; storage may send on to another place of its own host alone.
    /// </summary>
    private void DemandNamed(Uri url, Uri target)
    {
        if (url.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps)
            throw Astray($"{url.Authority} sends it on to an unencrypted address");
        if (!transport.Guard.IsEndpoint(url) &&
            !target.IdnHost.Equals(url.IdnHost, StringComparison.OrdinalIgnoreCase))
            throw Astray($"{url.Authority} sends it on to {target.Authority}, which the Hub has not named");
    }

    private HubException Astray(string how) => new(HubErrorKind.ForbiddenAddress, $"cannot read {file}: {how}");

    private async Task<HttpResponseMessage> OnceAsync(
        Uri url, long start, long end, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = authorize(url);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (start > 0 || end < file.Size)
            request.Headers.Range = new RangeHeaderValue(start, end - 1);
        Interlocked.Increment(ref _count);
        return await transport.SendAsync(request, null, cancellationToken).ConfigureAwait(false);
    }

    private async Task<RangeAnswer> JudgeAsync(
        HttpResponseMessage response, Uri url, long start, CancellationToken cancellationToken)
    {
        try
        {
            var status = (int)response.StatusCode;
            if (status is not (200 or 206))
                throw Refused(response, url);
            if (response.Content.Headers.ContentEncoding.Any(encoding => encoding != "identity"))
                throw Wrong($"{url.Authority} sends it compressed, though it was asked not to");
            var skip = status == 200 ? start : 0;
            CheckSize(response, start);
            if (skip > MostSkipped)
                throw new RangeIgnoredException(file);
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return new RangeAnswer(response, new AnswerBody(transport, body, url.Authority), skip);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private void CheckSize(HttpResponseMessage response, long start)
    {
        var range = response.Content.Headers.ContentRange;
        var total = response.StatusCode == HttpStatusCode.OK ? response.Content.Headers.ContentLength : range?.Length;
        if (total is { } size && size != file.Size)
            throw Wrong($"it has {size} bytes there, the Hub announced {file.Size}");
        if (response.StatusCode == HttpStatusCode.PartialContent && range?.From != start)
            throw Wrong(string.Create(
                CultureInfo.InvariantCulture, $"the answer starts at byte {range?.From}, not at {start}"));
    }

    /// <summary>What storage says is about the signature and not for logs.</summary>
    private HubException Refused(HttpResponseMessage response, Uri url)
    {
        var kind = (int)response.StatusCode switch
        {
            // So storage answers an expired signature.
            401 or 403 or 410 => HubErrorKind.LinkExpired,
            404 => HubErrorKind.NotFound,
            416 => HubErrorKind.WrongContent,
            429 => HubErrorKind.RateLimited,
            _ => RetryPolicy.IsTransient(response.StatusCode) ? HubErrorKind.ServerError : HubErrorKind.BadRequest,
        };
        return new HubException(
            kind, $"cannot read {file}: {url.Authority} answered HTTP {(int)response.StatusCode}")
        {
            Status = response.StatusCode,
            Repository = file.Repository,
            Hint = RetryHint.Read(response.StatusCode, response.Headers),
        };
    }

    private HubException Wrong(string how) => new(HubErrorKind.WrongContent, $"cannot read {file}: {how}")
    {
        Repository = file.Repository,
    };

    private static string? Location(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("Location", out var values) ? values.ToString() : null;
}

/// <summary>The body of an answer to a range request.</summary>
/// <param name="SkipBytes">Bytes before the wanted range: the server sent the file from its start.</param>
internal sealed record RangeAnswer(HttpResponseMessage Response, AnswerBody Body, long SkipBytes) : IDisposable
{
    public void Dispose()
    {
        Body.Dispose();
        Response.Dispose();
    }
}

/// <summary>The server sends the whole file for a range that starts far inside it.</summary>
public sealed class RangeIgnoredException(RemoteFile file)
    : IOException($"{file}: the server sends nothing but the whole file")
{
    public RemoteFile File { get; } = file;
}
