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
