namespace FineWebTorch.Hub;

/// <summary>
/// The Hub's HTTP API. Safe to use from several threads. Every method throws <see cref="HubException"/> with one line
/// that says what failed and what to do.
/// </summary>
public sealed partial class HubClient
{
    private readonly HubSender _sender;
    private readonly HubAddresses _addresses;

    /// <param name="transport">Not disposed of by this object.</param>
    /// <exception cref="FormatException">The token would travel where others can read it.</exception>
    public HubClient(HubOptions options, HubTransport transport)
    {
        options.DemandPrivateWay();
        foreach (var own in options.MirrorOrigins.Prepend(options.Endpoint))
            transport.Guard.Trust(own);
        Options = options;
        Transport = transport;
        _sender = new HubSender(transport, options);
        _addresses = new HubAddresses(options.Endpoint);
    }

    public HubOptions Options { get; }

    public HubTransport Transport { get; }

    private static HubRequest Get(Uri url, string purpose, HubRepository? repository) =>
        new(HttpMethod.Get, url, purpose) { Repository = repository };

    private static HubRequest Post(Uri url, string purpose, HubRepository? repository, object body) =>
        new(HttpMethod.Post, url, purpose) { Repository = repository, Content = () => HubJson.Body(body) };

    /// <summary>Sends many items in calls of a bounded size, halved where the Hub finds a call too large.</summary>
    private static async Task InPartsAsync<T>(
        IReadOnlyList<T> items, int most, Func<IReadOnlyList<T>, Task> send)
    {
        for (var start = 0; start < items.Count;)
        {
            var part = items.Skip(start).Take(most).ToList();
            try
            {
                await send(part).ConfigureAwait(false);
                start += part.Count;
            }
            catch (HubException exception) when (exception.Kind == HubErrorKind.TooLarge && part.Count > 1)
            {
                most = part.Count / 2;
            }
        }
    }

    private static async Task<T?> NullIfAsync<T>(Func<HubErrorKind, bool> absent, Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (HubException exception) when (absent(exception.Kind))
        {
            return null;
        }
    }
}
