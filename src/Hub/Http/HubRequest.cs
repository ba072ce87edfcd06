using System.Net.Http.Headers;
using System.Net;
using System.Text.Json;

namespace FineWebTorch.Hub;

/// <summary>A request to the Hub's own API.</summary>
/// <param name="Purpose">Continues "the token may not …" and "… failed": <c>list datasets/a/b</c>.</param>
internal sealed record HubRequest(HttpMethod Method, Uri Url, string Purpose)
{
    public HubRepository? Repository { get; init; }

    /// <summary>Made anew for every attempt.</summary>
    public Func<HttpContent>? Content { get; init; }

    public string? Accept { get; init; }

    public HubBucket Bucket { get; init; } = HubBucket.Api;

    /// <summary>Whether sending it twice does no harm.</summary>
    public bool MayRepeat { get; init; } = true;

    /// <summary>Whether a redirect to another origin is the answer; otherwise it is an error.</summary>
    public bool ForeignRedirectIsAnswer { get; init; }

    public TimeSpan? Limit { get; init; }
}

/// <summary>An answer with its body read.</summary>
internal sealed record HubAnswer(
    HttpStatusCode Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, byte[] Body, Uri Url)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public bool IsRedirect => (int)Status is 301 or 302 or 303 or 307 or 308 && Location is not null;

    public string? Location => Header("Location");

    public string? RequestId => Header("X-Request-Id") ?? Header("X-Amz-Cf-Id");

    public string? Header(string name) =>
        Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString()
        : ContentHeaders.NonValidated.TryGetValues(name, out var ofContent) ? ofContent.ToString()
        : null;

    /// <exception cref="HubException">The body is no such JSON.</exception>
    public T Read<T>(HubRequest request)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Body, HubJson.Options) ?? throw new JsonException("null");
        }
        catch (JsonException exception)
        {
            throw Unexpected(request, "is not the expected JSON", exception);
        }
    }

    public HubException Unexpected(HubRequest request, string what, Exception? inner = null) => new(
        HubErrorKind.BadAnswer, $"cannot {request.Purpose}: the answer of {SignedUrl.Redact(Url)} {what}", inner)
    {
        Status = Status,
        RequestId = RequestId,
        Repository = request.Repository,
    };
}
