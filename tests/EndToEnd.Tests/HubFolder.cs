using FineWebTorch.FaultyWorker;
using FineWebTorch.Hub.Tests;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>An emulated Hub with two files of the sample, and a folder for runs over them; both go together.</summary>
public sealed class HubFolder : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("fineweb-on-hub-").FullName;

    public HubEmulatorServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await HubEmulatorServer.StartAsync(new EmulatorOptions
        {
            Root = In("hub"),
            Token = Secrets.Token,
            // Between the sizes of the two shards: one goes in parts, the other in one piece.
            MultipartThreshold = 31_800,
            ChunkSize = 12_000,
        });
        var sample = Path.Combine(TestData.RepositoryRoot, "data", "sample");
        string[] names = ["000_00000.parquet", "000_00001.parquet"];
        Put("alice/web", [.. names.Select(name => ("data/" + name, File.ReadAllBytes(Path.Combine(sample, name))))]);
    }

    /// <summary>Makes a dataset of these files.</summary>
    public void Put(string dataset, params (string Path, byte[] Content)[] files) =>
        ServerFiles.Put(Server.Store.Create("datasets", dataset, false)!, files);

    /// <summary>Starts a coordinator that publishes to <c>datasets/alice/NAME</c>; again: the same command.</summary>
    internal ProgramProcess Coordinate(
        string name, string input = "alice/web", string listen = "127.0.0.1:0", params IReadOnlyList<string> options)
    {
        var environment = new Dictionary<string, string?>
        {
            ["HF_ENDPOINT"] = Server.Url.ToString(),
            ["HF_TOKEN"] = Secrets.Token,
            ["HF_HOME"] = In("home"),
        };
        return ProgramProcess.StartIn(
            environment, "coordinator",
            [
                "run", "--input", $"hf://datasets/{input}", "--output", $"hf://datasets/alice/{name}",
                "--run", In("run-" + name), "--model", TestData.EduTiny, "--keep", "all", "--window-rows", "16",
                "--token-budget", "2048", "--listen", listen, "--heartbeat-timeout", RunFolder.HeartbeatTimeout,
                "--verbose", .. options,
            ]);
    }

    /// <summary>Starts a worker, which knows neither the Hub's address nor a token.</summary>
    /// <param name="device">What is wrong with its device; null for the program as it is.</param>
    internal async Task<ProgramProcess> WorkAsync(
        ProgramProcess coordinator, string cache = "cache", FaultyDevice? device = null)
    {
        var environment = new Dictionary<string, string?>
        {
            ["HF_ENDPOINT"] = "http://127.0.0.1:9",
            ["HF_TOKEN"] = null,
            ["HF_HOME"] = In("no-home"),
            [FaultyDevice.Variable] = device?.ToJson(),
        };
        return ProgramProcess.StartIn(
            environment, device is null ? "worker" : "faultyWorker", [.. await coordinator.WorkerArgumentsAsync(), "--cache", In(cache)]);
    }

    /// <summary>The commits to <c>datasets/alice/NAME</c> since it was made, newest first.</summary>
    public IReadOnlyList<StoredCommit> Commits(string name)
    {
        var repository = Server.Store.Find("datasets", "alice/" + name)!;
        return [.. repository.History(repository.Require("main")).SkipLast(1)];
    }

    /// <summary>The one commit's shards: sha256 by path. They are in the storage.</summary>
    public SortedDictionary<string, string> Published(string name)
    {
        var repository = Server.Store.Find("datasets", "alice/" + name)!;
        var shards = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, entry) in Assert.Single(Commits(name)).Files)
        {
            if (!path.StartsWith("data/", StringComparison.Ordinal))
                continue;
            Assert.Equal(entry.Sha256, ServerFiles.Sha256(File.ReadAllBytes(repository.ContentFile(entry))));
            shards.Add(path, entry.Sha256!);
        }

        Assert.DoesNotContain(Server.Log.Entries, entry => entry.IsData && entry.HasAuthorization);
        return shards;
    }

    /// <summary><see cref="Published"/>, and sent there once.</summary>
    public SortedDictionary<string, string> PublishedOnce(string name)
    {
        Assert.DoesNotContain(Server.Log.Entries, entry => entry.IsRepeated);
        return Published(name);
    }

    public string In(string path) => Path.Combine(_root, path);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Secrets.DemandNoneIn(_root);
        Directory.Delete(_root, recursive: true);
    }
}
