using System.Net.Http.Headers;

namespace FineWebTorch.Hub;

/// <summary>Which Hub, as whom.</summary>
public sealed record HubOptions
{
    public Uri Endpoint { get; init; } = HubEnvironment.DefaultEndpoint;

    /// <summary>Sent to <see cref="Endpoint"/>'s own origin alone, which is encrypted or this machine.</summary>
    public HubToken? Token { get; init; }

    /// <summary>Every call fails at once.</summary>
    public bool Offline { get; init; }

    /// <summary>
    /// Origins, besides the endpoint's, whose answers count as the Hub's own: a mirror that sends everything on to
    /// another Hub. They never get the token.
    /// </summary>
    public IReadOnlyList<Uri> MirrorOrigins { get; init; } = [];

    public HubBudget Budget { get; init; } = new HubBudget();

    /// <summary>How long to wait for the answer to a commit: the Hub's gateway gives up after 60 s.</summary>
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long and how often an unclear commit is asked after and sent again.</summary>
    public RetryPolicy CommitRetry { get; init; } =
        new() { Attempts = 12, FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(30) };

    /// <summary>The token for a request to an address, where it belongs: the endpoint's own origin.</summary>
    internal AuthenticationHeaderValue? Authorize(Uri url) =>
        SignedUrl.SameOrigin(url, Endpoint) && IsPrivateWay(url) ? Token?.Header : null;

    /// <summary>To be asked before anything else.</summary>
    /// <exception cref="FormatException">The token would travel where others can read it.</exception>
    internal void DemandPrivateWay()
    {
        if (Token is not null && !Offline && !IsPrivateWay(Endpoint))
            throw new FormatException(
                $"HF_ENDPOINT is {Endpoint.GetLeftPart(UriPartial.Authority)}, which is not encrypted: the token could be " +
                "read on the way and is not sent there; give an https:// address, or set " +
                "HF_HUB_DISABLE_IMPLICIT_TOKEN=1 to go there without it");
    }

    private static bool IsPrivateWay(Uri url) => url.Scheme == Uri.UriSchemeHttps ||
        AddressKinds.OfLiteral(url.IdnHost) == AddressKind.Loopback;

    public static HubOptions From(HubEnvironment environment) => new()
    {
        Endpoint = environment.Endpoint,
        Token = environment.FindToken(),
        Offline = environment.Offline,
    };
}
