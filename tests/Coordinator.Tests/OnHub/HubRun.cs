using System.Security.Cryptography;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>The sample files in a dataset of an emulated Hub, and runs over them.</summary>
internal sealed class HubRun : IAsyncDisposable
{
    public const string Token = Secrets.Token;
    public const string Input = "hf://datasets/alice/web/data/*.parquet";
    public const string Output = "hf://datasets/alice/edu";

    private readonly TemporaryFolder _folder = new();
    private readonly HubAccess _access;

    private HubRun(HubEmulatorServer server, TemporaryFolder serverFolder)
    {
        (Server, ServerFolder) = (server, serverFolder);
        var quick = new RetryPolicy { Attempts = 4, FirstDelay = TimeSpan.FromMilliseconds(1) };
        _access = new HubAccess(
            new HubOptions { Endpoint = server.Url, Token = HubToken.From(Token), CommitRetry = quick },
            new HubTransportOptions { Retry = quick },
            HubCache.In(_folder["cache"]),
            new DownloadOptions { DiskReserve = 0 });
        Sample = new SampleRun { Hub = new Lazy<HubAccess>(() => _access) };
        Commit = Put("alice/web", [.. Directory.GetFiles(Sample["in"]).Order(StringComparer.Ordinal)
            .Select(path => ("data/" + Path.GetFileName(path), File.ReadAllBytes(path)))]);
    }

    public HubEmulatorServer Server { get; }

    public TemporaryFolder ServerFolder { get; }

    public HubAccess Access => _access;

    public SampleRun Sample { get; }

    /// <summary>What a program would be told of the Hub; its cache is one of its own.</summary>
    public HubEnvironment Environment => new(name => name switch
    {
        "HF_ENDPOINT" => Server.Url.AbsoluteUri,
        "HF_TOKEN" => Token,
        "HF_HOME" => _folder["home"],
        _ => null,
    });

    /// <summary>Of the input.</summary>
    public string Commit { get; }

    /// <summary>Windows of four rows, for the scripted workers.</summary>
    public CommandLine Arguments => Sample.Arguments.With(
        "--input", Input, "--window-rows", "4", "--dtype", "fp32", "--token-budget", "4096");

    /// <summary>The same, published.</summary>
    public CommandLine Publishing => Arguments.With("--output", Output);

    /// <summary>Of the output; empty while there is none.</summary>
    public IReadOnlyList<StoredCommit> Commits(string revision = "main") =>
        Server.Store.Find("datasets", "alice/edu") is { } repository
            ? [.. repository.History(repository.Require(revision)).SkipLast(1)]
            : [];

    public static async Task<HubRun> StartAsync(Func<EmulatorOptions, EmulatorOptions>? change = null)
    {
        var folder = new TemporaryFolder();
        var options = new EmulatorOptions
        {
            Root = folder["server"],
            Token = Token,
            MultipartThreshold = 10_000,
            ChunkSize = 4096,
        };
        return new HubRun(await HubEmulatorServer.StartAsync(change?.Invoke(options) ?? options), folder);
    }

    public Repository Repository(string id) =>
        Server.Store.Find("datasets", id) ?? Server.Store.Create("datasets", id, false)!;

    /// <summary>Puts files on the server without any request.</summary>
    /// <returns>The commit.</returns>
    public string Put(string id, params (string Path, byte[] Content)[] files) => Put(Repository(id), files);

    public static string Put(Repository repository, params (string Path, byte[] Content)[] files)
    {
        var made = repository.Add(repository.Require("main"), "prepared", "", (commit, tree) =>
        {
            foreach (var (path, content) in files)
                tree[path] = Entry(repository, commit, path, content);
        });
        repository.State.Refs["refs/heads/main"] = made.Id;
        repository.Save();
        return made.Id;
    }

    public async ValueTask DisposeAsync()
    {
        Assert.DoesNotContain(Server.Log.Entries, entry => entry.IsData && entry.HasAuthorization);
        _access.Dispose();
        await Server.DisposeAsync();
        Sample.Dispose();
        _folder.Dispose();
        ServerFolder.Dispose();
    }

    private static TreeEntry Entry(Repository repository, string commit, string path, byte[] content)
    {
        if (!path.EndsWith(".parquet", StringComparison.Ordinal) &&
            !path.EndsWith(".safetensors", StringComparison.Ordinal))
            return repository.AddBlob(content, commit);
        var oid = Convert.ToHexStringLower(SHA256.HashData(content));
        Directory.CreateDirectory(Path.GetDirectoryName(repository.LfsFile(oid))!);
        File.WriteAllBytes(repository.LfsFile(oid), content);
        return TreeEntry.OfLfs(oid, content.Length, commit);
    }
}
