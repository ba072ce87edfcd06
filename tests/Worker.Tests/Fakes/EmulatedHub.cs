using FineWebTorch.Hub;
using FineWebTorch.Hub.Tests;
using FineWebTorch.HubEmulator;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>An emulated Hub with its storage; plays the coordinator's part of asking it for signed addresses.</summary>
internal sealed class EmulatedHub : IAsyncDisposable
{
    public const string Token = Secrets.Token;

    private readonly HubTransport _transport = new();
    private readonly HubClient _client;

    private EmulatedHub(HubEmulatorServer server)
    {
        Server = server;
        Endpoint = server.Url.AbsoluteUri;
        _client = new HubClient(
            new HubOptions { Endpoint = server.Url, Token = HubToken.From(Token) }, _transport);
    }

    public static HubRepository Repository { get; } = HubRepository.Dataset("alice/texts");

    public HubEmulatorServer Server { get; }

    public static async Task<EmulatedHub> StartAsync(string folder, long multipartThreshold = 1000)
    {
        var server = await HubEmulatorServer.StartAsync(new EmulatorOptions
        {
            Root = Path.Combine(folder, "hub"),
            Token = Token,
            MultipartThreshold = multipartThreshold,
            ChunkSize = 8,
        });
        server.Store.Create("datasets", Repository.Id, false);
        return new EmulatedHub(server);
    }

    public string Put(string path, byte[] content) => Put(Repository, (path, content));

    public string Put(HubRepository to, params (string Path, byte[] Content)[] files)
    {
        var kind = to.Kind == RepositoryKind.Model ? "models" : "datasets";
        return ServerFiles.Put(Server.Store.Find(kind, to.Id) ?? Server.Store.Create(kind, to.Id, false)!, files);
    }

    /// <summary>Which Hub the coordinator says this is.</summary>
    public string Endpoint { get; set; }

    /// <summary>What the coordinator answers to LocateInput.</summary>
    public async Task<InputLocation> LocateAsync(string path)
    {
        var resolved = await _client.ResolveAsync(Repository, "main", path);
        return new InputLocation
        {
            Url = resolved.Download.Url,
            ExpiresUnixSeconds = resolved.Download.Expires?.ToUnixTimeSeconds() ?? 0,
            Endpoint = Endpoint,
        };
    }

    /// <summary>What the coordinator answers to PlanUpload.</summary>
    public async Task<UploadPlan> PlanAsync(PlanUploadRequest request)
    {
        var blob = new LfsObject(request.Sha256, (long)request.Size);
        var actions = Assert.Single(await _client.GetUploadActionsAsync(Repository, "main", [blob]));
        return new UploadPlan
        {
            UploadUrl = actions.UploadUrl ?? "",
            ChunkSize = (ulong)(actions.ChunkSize ?? 0),
            PartUrls = { actions.PartUrls },
            Endpoint = Endpoint,
        };
    }

    /// <summary>Content that was uploaded; null where storage has none of this digest.</summary>
    public byte[]? Stored(string sha256)
    {
        var file = Server.Store.Find("datasets", Repository.Id)!.LfsFile(sha256);
        return File.Exists(file) ? File.ReadAllBytes(file) : null;
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever talks to storage has no token to show.
        Assert.DoesNotContain(Server.Log.Entries, entry => entry.IsData && entry.HasAuthorization);
        _transport.Dispose();
        await Server.DisposeAsync();
    }
}
