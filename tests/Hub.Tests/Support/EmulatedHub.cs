using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>An emulated Hub, a client for it, and a folder for files; all gone afterwards.</summary>
internal sealed class EmulatedHub : IAsyncDisposable
{
    public const string Token = Secrets.Token;
    public const string ReadToken = Secrets.ReadToken;

    /// <summary>The limit on silence, which no other limit is as long as.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly List<IDisposable> _owned = [];

    private EmulatedHub(HubEmulatorServer server, string folder, AutoTime time)
    {
        Server = server;
        Folder = folder;
        Time = time;
        Client = NewClient();
    }

    public static HubRepository Repository { get; } = HubRepository.Dataset("alice/scores");

    public HubEmulatorServer Server { get; }

    public RequestLog Log => Server.Log;

    /// <summary>For files of the test.</summary>
    public string Folder { get; }

    /// <summary>Delays end at once and are written down.</summary>
    public AutoTime Time { get; }

    public HubClient Client { get; }

    public string CacheFolder => Path.Combine(Folder, "cache");

    public static async Task<EmulatedHub> StartAsync(Func<EmulatorOptions, EmulatorOptions>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("hub-").FullName;
        var options = new EmulatorOptions
        {
            Root = Path.Combine(folder, "server"),
            Token = Token,
            ReadToken = ReadToken,
            MultipartThreshold = 10_000,
            ChunkSize = 4096,
        };
        var server = await HubEmulatorServer.StartAsync(change?.Invoke(options) ?? options);
        server.Store.Create("datasets", Repository.Id, false);
        return new EmulatedHub(server, folder, new AutoTime());
    }

    public HubTransport NewTransport(Func<HubTransportOptions, HubTransportOptions>? change = null)
    {
        var options = new HubTransportOptions
        {
            Time = Time,
            Random = () => 0.5,
            Logger = TestLog.Logger,
            SilenceTimeout = Silence,
            AnswerTimeout = TimeSpan.FromHours(2),
            BodyTimeout = TimeSpan.FromHours(2),
        };
        var transport = new HubTransport(change?.Invoke(options) ?? options);
        transport.Guard.Trust(Server.Url);
        _owned.Add(transport);
        return transport;
    }

    public HubClient NewClient(Func<HubOptions, HubOptions>? change = null, HubTransport? transport = null)
    {
        var options = new HubOptions
        {
            Endpoint = Server.Url,
            Token = HubToken.From(Token),
            Budget = new HubBudget(Time),
            CommitTimeout = TimeSpan.FromHours(2),
        };
        return new HubClient(change?.Invoke(options) ?? options, transport ?? NewTransport());
    }

    public HubDownloader NewDownloader(Func<DownloadOptions, DownloadOptions>? change = null, HubClient? client = null)
    {
        var options = new DownloadOptions { PartSize = 4096, Connections = 3, DiskReserve = 0 };
        return new HubDownloader(
            (client ?? Client).Transport, HubCache.In(CacheFolder), change?.Invoke(options) ?? options);
    }

    public HubFetcher NewFetcher(Func<DownloadOptions, DownloadOptions>? change = null, HubClient? client = null) =>
        new(client ?? Client, NewDownloader(change, client));

    /// <summary>Puts files on the server without any request.</summary>
    /// <returns>The commit.</returns>
    public string Put(params (string Path, byte[] Content)[] files) => Put(Repository, files);

    public string Put(HubRepository to, params (string Path, byte[] Content)[] files)
    {
        var kind = to.Kind == RepositoryKind.Model ? "models" : "datasets";
        var repository = Server.Store.Find(kind, to.Id) ?? Server.Store.Create(kind, to.Id, false)!;
        return ServerFiles.Put(repository, files);
    }

    public string WriteFile(string name, byte[] content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        Assert.DoesNotContain(Log.Entries, entry => entry.IsData && (entry.HasAuthorization || entry.HasCookie));
        _owned.ForEach(one => one.Dispose());
        await Server.DisposeAsync();
        Secrets.DemandNoneIn(Folder);
        Directory.Delete(Folder, recursive: true);
    }
}
