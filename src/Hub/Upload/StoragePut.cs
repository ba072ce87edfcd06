using System.Net.Http.Headers;

namespace FineWebTorch.Hub;

/// <summary>One request to a signed storage address, repeated while storage is busy or the connection breaks.</summary>
internal sealed class StoragePut(HubTransport transport)
{
    /// <summary>From this size on storage is asked whether it will take the body before it is sent.</summary>
    private const long AskFirst = 1 << 20;

    /// <param name="content">Made anew for every attempt.</param>
    /// <returns>The ETag as the storage wrote it, with its quotes; null where it gave none.</returns>
    /// <exception cref="HubException"><see cref="HubErrorKind.LinkExpired"/> when the address was refused.</exception>
    public async Task<string?> SendAsync(
        HttpMethod method, string url, string path, Func<HttpContent> content, CancellationToken cancellationToken)
    {
        var options = transport.Options;
        for (var failures = 1; ; failures++)
        {
            var (etag, error, hint) = await OnceAsync(method, SignedUrl.Create(url), path, content(), cancellationToken)
                .ConfigureAwait(false);
            if (error is null)
                return etag;
            var passes = hint is null ? error.MayHaveBeenApplied : RetryPolicy.IsTransient(hint.Status);
            var delay = passes ? options.Retry.NextDelay(failures, hint, options.Random()) : null;
            if (delay is not { } wait)
                throw error;
            HubLog.TryingAgain(transport.Logger, error.Message, wait.TotalSeconds, failures);
            await Task.Delay(wait, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(string? Etag, HubException? Error, RetryAnswer? Hint)> OnceAsync(
        HttpMethod method, Uri url, string path, HttpContent content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url) { Content = content };
        request.Headers.ExpectContinue = content.Headers.ContentLength >= AskFirst;
        if (content.Headers.ContentType is { } type)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type.MediaType!));
        try
        {
            using var response = await transport.SendAsync(request, null, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return (response.Headers.NonValidated.TryGetValues("ETag", out var etag) ? etag.ToString() : null,
                    null, null);
            return (null, Refusal(response, url, path), new RetryAnswer(
                response.StatusCode, response.Headers.RetryAfter?.Delta,
                RateLimitStatus.Read(response.Headers) is [var limit, ..] ? limit : null));
        }
        catch (HubException exception)
        {
            return (null, new HubException(
                exception.Kind, $"cannot upload {path}: {exception.Message}", exception.InnerException), null);
        }
    }

    /// <summary>The body is not quoted: storage explains a refused signature by repeating it.</summary>
    private static HubException Refusal(HttpResponseMessage response, Uri url, string path)
    {
        var status = (int)response.StatusCode;
        var kind = status switch
        {
            401 or 403 or 410 => HubErrorKind.LinkExpired,
            429 => HubErrorKind.RateLimited,
            408 or >= 500 => HubErrorKind.ServerError,
            _ => HubErrorKind.BadRequest,
        };
        return new HubException(kind, $"cannot upload {path}: {url.Authority} answered HTTP {status}")
        {
            Status = response.StatusCode,
        };
    }
}
