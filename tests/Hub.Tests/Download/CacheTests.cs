using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class CacheTests
{
    private const string Name = "data/deep/x.parquet";

    [Fact]
    public async Task Fetch_IntoTheCache_HasTheSharedLayout()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var content = ServerFiles.Bytes(100);
        var commit = hub.Put((Name, content));
        var path = await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, null, Name);
        var folder = Path.Combine(hub.CacheFolder, "datasets--alice--scores");
        Assert.Equal(Path.Combine(folder, "snapshots", commit, "data", "deep", "x.parquet"), path);
        Assert.Equal($"../../../../blobs/{ServerFiles.Sha256(content)}", new FileInfo(path).LinkTarget);
        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(folder, "refs", "main")));
        Assert.True(File.Exists(Path.Combine(hub.CacheFolder, "CACHEDIR.TAG")));
    }

    [Fact]
    public async Task Fetch_IntoACacheThatCannotBeWritten_NamesTheVariable()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, ServerFiles.Bytes(100)));
        await File.WriteAllTextAsync(hub.CacheFolder, "a file", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<IOException>(
            () => hub.NewFetcher().FetchAsync(EmulatedHub.Repository, null, Name));

        Assert.StartsWith($"{hub.CacheFolder}: the Hub's cache cannot be", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("name another folder by HF_HUB_CACHE", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_BranchAgain_CostsOneHead()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, ServerFiles.Bytes(100)));
        await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name);
        hub.Log.Clear();
        await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name);
        Assert.Equal("HEAD", Assert.Single(hub.Log.Entries).Method);
    }

    [Fact]
    public async Task Fetch_CommitAgain_CostsNothing()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put((Name, ServerFiles.Bytes(100)));
        await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, commit, Name);
        hub.Log.Clear();
        await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, commit, Name);
        Assert.Empty(hub.Log.Entries);
    }

    [Fact]
    public async Task Fetch_Offline_FindsWhatIsThereAndNamesWhatIsNot()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, ServerFiles.Bytes(100)));
        var path = await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name);
        hub.Log.Clear();
        var offline = hub.NewFetcher(client: hub.NewClient(options => options with { Offline = true }));
        Assert.Equal(path, await offline.FetchAsync(EmulatedHub.Repository, "main", Name));
        var error = await Assert.ThrowsAsync<HubException>(
            () => offline.FetchAsync(EmulatedHub.Repository, "main", "other.parquet"));
        Assert.Equal(HubErrorKind.Offline, error.Kind);
        Assert.Contains("other.parquet", error.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Log.Entries);
    }

    [Fact]
    public async Task Fetch_HubIll_FallsBackToTheCache()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, ServerFiles.Bytes(100)));
        var path = await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Resolve, Status = 503, Times = 99 });
        Assert.Equal(path, await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name));
    }

    [Fact]
    public async Task Fetch_FileRemovedOnTheHub_DoesNotFallBack()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, ServerFiles.Bytes(100)));
        await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name);
        hub.Server.Store.Find("datasets", "alice/scores")!.Require("main").Files.Remove(Name);
        var error = await Assert.ThrowsAsync<HubException>(
            () => hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", Name));
        Assert.Equal(HubErrorKind.EntryNotFound, error.Kind);
    }

    [Fact]
    public async Task Fetch_Absent_IsRememberedForItsCommit()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put((Name, ServerFiles.Bytes(100)));
        var fetcher = hub.NewFetcher();
        await Assert.ThrowsAsync<HubException>(
            () => fetcher.FetchAsync(EmulatedHub.Repository, commit, "no/such.json"));
        hub.Log.Clear();
        var error = await Assert.ThrowsAsync<HubException>(
            () => fetcher.FetchAsync(EmulatedHub.Repository, commit, "no/such.json"));
        Assert.Equal(HubErrorKind.EntryNotFound, error.Kind);
        Assert.Empty(hub.Log.Entries);
        Assert.True(File.Exists(
            Path.Combine(hub.CacheFolder, $"datasets--alice--scores/.no_exist/{commit}/no/such.json")));
    }

    [Fact]
    public async Task Fetch_SymlinksOff_PutsTheFileIntoTheSnapshot()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put((Name, ServerFiles.Bytes(100)));
        var cache = new HubCache(name => name switch
        {
            "HF_HUB_CACHE" => hub.CacheFolder,
            "HF_HUB_DISABLE_SYMLINKS" => "1",
            _ => null,
        });
        var downloader = new HubDownloader(hub.Client.Transport, cache, new DownloadOptions { DiskReserve = 0 });
        var path = await new HubFetcher(hub.Client, downloader).FetchAsync(EmulatedHub.Repository, commit, Name);
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Empty(Directory.GetFiles(Path.Combine(hub.CacheFolder, "datasets--alice--scores", "blobs")));
    }

    [Fact]
    public async Task Fetch_SystemRefusesLinks_IsAskedOnceAndPutsTheFilesIntoTheSnapshot()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put((Name, ServerFiles.Bytes(100)), ("other", ServerFiles.Bytes(50)));
        var asked = 0;
        var fetcher = NewFetcher(hub, (_, _) =>
        {
            asked++;
            throw new IOException("A required privilege is not held by the client.");
        });

        var path = await fetcher.FetchAsync(EmulatedHub.Repository, commit, Name);
        await fetcher.FetchAsync(EmulatedHub.Repository, commit, "other");

        Assert.Equal(1, asked);
        Assert.Null(new FileInfo(path).LinkTarget);
        Assert.Equal(ServerFiles.Bytes(100), File.ReadAllBytes(path));
        Assert.Empty(Directory.GetFiles(Path.Combine(hub.CacheFolder, "datasets--alice--scores", "blobs")));
    }

    [Fact]
    public async Task Fetch_SystemRefusesLinksAndABlobIsThere_CopiesIt()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put((Name, ServerFiles.Bytes(100)));
        var linked = await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, commit, Name);
        File.Delete(linked);
        hub.Log.Clear();

        var copied = await NewFetcher(hub, (_, _) => throw new UnauthorizedAccessException("Operation not permitted"))
            .FetchAsync(EmulatedHub.Repository, commit, Name);

        Assert.Equal(linked, copied);
        Assert.Null(new FileInfo(copied).LinkTarget);
        Assert.Equal(ServerFiles.Bytes(100), File.ReadAllBytes(copied));
        Assert.Single(hub.Log.Entries);
    }

    [Fact]
    public async Task FetchModel_OnlyTheFilesThatAreRead_PinnedToACommit()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put(
            HubRepository.Model("alice/classifier"), ("config.json", [1]), ("tokenizer.json", [2]),
            ("model.safetensors", ServerFiles.Bytes(9000)), ("pytorch_model.bin", [3]),
            ("onnx/model.safetensors", [4]));
        var model = await ModelFetcher.FetchAsync("alice/classifier@main", hub.Client, hub.NewDownloader());
        Assert.Equal(commit, model.Revision);
        Assert.Equal(
            ["config.json", "model.safetensors", "tokenizer.json"],
            Directory.GetFiles(model.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        hub.Log.Clear();
        var offline = hub.NewClient(options => options with { Offline = true });
        Assert.Equal(
            model, await ModelFetcher.FetchAsync("alice/classifier", offline, hub.NewDownloader(client: offline)));
        Assert.Equal(model.Folder, ModelLocator.Locate("alice/classifier", HubCache.In(hub.CacheFolder)).Folder);
        Assert.Empty(hub.Log.Entries);
    }

    [Fact]
    public async Task FetchModel_NeitherHereNorOnTheHub_SaysThatBothWereTried()
    {
        await using var hub = await EmulatedHub.StartAsync();

        var error = await Assert.ThrowsAsync<HubException>(
            () => ModelFetcher.FetchAsync("alice/classifier", hub.Client, hub.NewDownloader()));

        Assert.StartsWith(
            "model 'alice/classifier' is no folder here, and on the Hub: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(HubErrorKind.RepositoryNotFound, error.Kind);
    }

    private static HubFetcher NewFetcher(EmulatedHub hub, Action<string, string> createLink)
    {
        var environment = new HubEnvironment(name => name == "HF_HUB_CACHE" ? hub.CacheFolder : null);
        return new HubFetcher(hub.Client, new HubDownloader(
            hub.Client.Transport, new HubCache(environment, createLink), new DownloadOptions { DiskReserve = 0 }));
    }
}
