namespace FineWebTorch.Hub;

/// <summary>Everything that a program with access to the Hub uses, made once and disposed of together.</summary>
public sealed class HubAccess : IDisposable
{
    public HubAccess(
        HubOptions options, HubTransportOptions? transport = null, HubCache? cache = null,
        DownloadOptions? downloads = null)
    {
        Transport = new HubTransport(transport);
        Client = new HubClient(options, Transport);
        Downloader = new HubDownloader(Transport, cache ?? HubCache.Default, downloads);
        Fetcher = new HubFetcher(Client, Downloader);
        Uploader = new HubUploader(Client, new ObjectUploader(Transport));
        Publisher = new HubPublisher(Client);
        Preflight = new HubPreflight(Client);
    }

    public HubTransport Transport { get; }

    public HubClient Client { get; }

    public HubDownloader Downloader { get; }

    public HubFetcher Fetcher { get; }

    public HubUploader Uploader { get; }

    public HubPublisher Publisher { get; }

    public HubPreflight Preflight { get; }

    /// <summary>Endpoint, token, cache and time limits as the environment says.</summary>
    /// <param name="change">Adds what the environment does not know: a logger, the program's name and version.</param>
    public static HubAccess From(
        HubEnvironment environment, Func<HubTransportOptions, HubTransportOptions>? change = null)
    {
        var transport = HubTransportOptions.From(environment);
        return new HubAccess(
            HubOptions.From(environment), change?.Invoke(transport) ?? transport, new HubCache(environment));
    }

    /// <summary>
    /// The model of a <c>--model</c> argument, downloaded if need be; see <see cref="ModelFetcher"/>.
    /// </summary>
    public Task<LocatedModel> FetchModelAsync(string name, CancellationToken cancellationToken = default) =>
        ModelFetcher.FetchAsync(name, Client, Downloader, cancellationToken);

    /// <summary>Bytes that <see cref="FetchModelAsync"/> would download.</summary>
    public Task<long> MeasureModelAsync(string name, CancellationToken cancellationToken = default) =>
        ModelFetcher.MeasureAsync(name, Client, Downloader, cancellationToken);

    /// <summary>
    /// A remote file of which ranges are fetched to <paramref name="localPath"/> as they are asked for.
    /// </summary>
    /// <param name="path">Of one file.</param>
    public async Task<PartialFile> OpenPartialAsync(
        HubPath path, string localPath, CancellationToken cancellationToken = default)
    {
        var resolved = await Client.ResolveAsync(path.Repository, path.Revision ?? "main", path.Path, cancellationToken)
            .ConfigureAwait(false);
        return PartialFile.Create(Client.OpenReader(resolved), localPath);
    }

    public void Dispose() => Transport.Dispose();
}
