namespace FineWebTorch.Hub;

/// <summary>Which Hub, as whom.</summary>
public sealed record HubOptions
{
    public Uri Endpoint { get; init; } = HubEnvironment.DefaultEndpoint;

    /// <summary>Sent to <see cref="Endpoint"/>'s own origin alone.</summary>
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

    public static HubOptions From(HubEnvironment environment) => new()
    {
        Endpoint = environment.Endpoint,
        Token = environment.FindToken(),
        Offline = environment.Offline,
    };
}
