using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>The official JavaScript client, unmodified, against the emulator, and its cache against ours.</summary>
public sealed class JavaScriptClientTests
{
    [Fact]
    public async Task Life_OfARepository_IsCompletedByTheOfficialClient()
    {
        await using var hub = await EmulatedHub.StartAsync();
        await NodeHubClient.RunAsync(hub.Server, "life", "alice/life");
        var counts = hub.Log.Counts();
        Assert.DoesNotContain(RequestKind.Unknown, counts.Keys);
        // This client sends content that two paths share twice; the large file has 70,001 bytes in parts of 4,096.
        Assert.Equal(2, counts[RequestKind.ObjectPut]);
        Assert.Equal(18, counts[RequestKind.PartPut]);
        Assert.Equal(1, counts[RequestKind.Complete]);
    }

    [Fact]
    public async Task Listing_OverSeveralPages_IsCompleteForTheOfficialClient()
    {
        await using var hub = await EmulatedHub.StartAsync(options => options with { PageSize = 3 });
        hub.Put([.. Enumerable.Range(0, 10).Select(i => ($"data/{i:00}.parquet", ServerFiles.Bytes(10, i)))]);
        var paths = await NodeHubClient.RunAsync(hub.Server, "list", EmulatedHub.Repository.Id, "main");
        Assert.Equal(11, paths.AsArray().Count);
        Assert.True(hub.Log.Count(RequestKind.Tree) > 2);
    }

    [Fact]
    public async Task Xet_Announced_HindersNeitherClient()
    {
        await using var hub = await EmulatedHub.StartAsync(options => options with { AnnounceXet = true });
        var content = ServerFiles.Bytes(9000);
        var commit = hub.Put(("x.parquet", content));
        var paths = await NodeHubClient.RunAsync(hub.Server, "list", EmulatedHub.Repository.Id, "main");
        Assert.Equal(2, paths.AsArray().Count);
        var found = await NodeHubClient.RunAsync(
            hub.Server, "plain", EmulatedHub.Repository.Id, commit, "x.parquet");
        Assert.Equal(ServerFiles.Sha256(content), (string?)found["sha256"]);
        var path = await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, commit, "x.parquet");
        Assert.Equal(content, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(RequestKind.Unknown, hub.Log.Counts().Keys);
    }

    [Fact]
    public async Task Cache_WrittenHere_IsUsedByTheOfficialClient()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var content = ServerFiles.Bytes(9000);
        var commit = hub.Put(("data/deep/x.parquet", content), ("notes.txt", ServerFiles.Bytes(100)));
        await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", "data/deep/x.parquet");
        await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", "notes.txt");
        var before = hub.Log.Entries.Count;
        var found = await NodeHubClient.RunAsync(
            hub.Server, "cached", EmulatedHub.Repository.Id, commit, "data/deep/x.parquet", hub.CacheFolder);
        Assert.Equal(ServerFiles.Sha256(content), (string?)found["sha256"]);
        Assert.Equal(before, hub.Log.Entries.Count);
        var scan = await NodeHubClient.RunAsync(hub.Server, "scan", hub.CacheFolder);
        Assert.Empty(scan["warnings"]!.AsArray());
        var repository = Assert.Single(scan["repos"]!.AsArray())!;
        var revision = Assert.Single(repository["revisions"]!.AsArray())!;
        Assert.Equal(
            (commit, "main"), ((string?)revision["commit"], (string?)revision["refs"]!.AsArray().Single()));
    }

    [Fact]
    public async Task Cache_WrittenByTheOfficialClient_IsUsedHere()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var content = ServerFiles.Bytes(9000);
        var commit = hub.Put(("data/deep/x.parquet", content));
        var written = await NodeHubClient.RunAsync(
            hub.Server, "cached", EmulatedHub.Repository.Id, commit, "data/deep/x.parquet", hub.CacheFolder);
        hub.Log.Clear();
        var path = await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, commit, "data/deep/x.parquet");
        Assert.Equal((string?)written["file"], path);
        Assert.Empty(hub.Log.Entries);
    }
}
