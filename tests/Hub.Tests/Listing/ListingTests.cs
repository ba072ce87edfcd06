using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class ListingTests
{
    private static readonly string[] Shards = [.. Enumerable.Range(0, 10).Select(i => $"data/{i:00}.parquet")];

    [Fact]
    public async Task List_OverSeveralPages_FollowsTheGivenAddresses()
    {
        await using var hub = await EmulatedHub.StartAsync(options => options with { PageSize = 3 });
        hub.Put([.. Shards.Select((path, i) => (path, ServerFiles.Bytes(10, i)))]);
        var rows = await hub.Client.ListAsync(EmulatedHub.Repository, "main").ToListAsync();
        Assert.Equal([".gitattributes", .. Shards], rows.Where(row => !row.IsFolder).Select(row => row.Path));
        Assert.Equal(4, hub.Log.Count(RequestKind.Tree));
        Assert.Contains("cursor=", hub.Log.Of(RequestKind.Tree)[^1].Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_LfsAndPlainFiles_HaveSizeAndDigestOfTheContent()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var content = ServerFiles.Bytes(7001);
        hub.Put(("x.parquet", content), ("notes.txt", "hello\n"u8.ToArray()));
        var rows = await hub.Client.ListAsync(EmulatedHub.Repository, "main").ToDictionaryAsync(row => row.Path);
        Assert.Equal((7001, ServerFiles.Sha256(content)), (rows["x.parquet"].Size, rows["x.parquet"].Sha256));
        Assert.Equal((6, null, "ce013625030ba8dba906f756967f9e9ca394464a"),
            (rows["notes.txt"].Size, rows["notes.txt"].Sha256, rows["notes.txt"].BlobId));
    }

    [Fact]
    public async Task List_NextPageOnAnotherHost_IsRefused()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Tree,
            ReplaceHeaders = new Dictionary<string, string>
            {
                ["Link"] = "<http://evil.example/api?cursor=1>; rel=\"next\"",
            },
        });
        var error = await Assert.ThrowsAsync<HubException>(
            async () => await hub.Client.ListAsync(EmulatedHub.Repository, "main").ToListAsync());
        Assert.Contains("evil.example", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_MirrorThatNamesTheRealHub_IsSentBackToTheEndpoint()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Tree,
            ReplaceHeaders = new Dictionary<string, string>
            {
                ["Link"] = "<https://huggingface.co/api/datasets/alice/scores/tree/main?cursor=MQ%3D%3D>; rel=\"next\"",
            },
        });
        Assert.Single(await hub.Client.ListAsync(EmulatedHub.Repository, "main").ToListAsync());
        Assert.Equal(2, hub.Log.Count(RequestKind.Tree));
    }

    [Theory]
    [InlineData("data/0[0-3].parquet", 4)]
    [InlineData("data", 10)]
    [InlineData("", 10)]
    [InlineData("data/07.parquet", 1)]
    [InlineData("**/*.parquet", 10)]
    [InlineData("README.md", 1)]
    public async Task FindFiles_PathOrPattern_GivesItsFilesInOrder(string path, int count)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put([.. Shards.Reverse().Select((name, i) => (name, ServerFiles.Bytes(10, i))), ("README.md", [1])]);
        var files = await hub.Client.FindFilesAsync(new HubPath(EmulatedHub.Repository, null, path), "main");
        Assert.Equal(count, files.Count);
        Assert.Equal(files.OrderBy(file => file.Path, StringComparer.Ordinal), files);
    }

    [Theory]
    [InlineData("nowhere/*.parquet")]
    [InlineData("nowhere")]
    [InlineData("*.csv")]
    public async Task FindFiles_NothingThere_IsAnError(string path)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var error = await Assert.ThrowsAsync<HubException>(
            () => hub.Client.FindFilesAsync(new HubPath(EmulatedHub.Repository, null, path), "main"));
        Assert.Equal(HubErrorKind.EntryNotFound, error.Kind);
    }

    [Fact]
    public async Task List_RevisionAndFolderWithOddCharacters_AreEncodedOnce()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put(("a b/c#d/x%2Fy.parquet", ServerFiles.Bytes(10)));
        await hub.Client.CreateBranchAsync(EmulatedHub.Repository, "feature/foo", commit);
        var rows = await hub.Client.ListAsync(EmulatedHub.Repository, "feature/foo", "a b/c#d").ToListAsync();
        Assert.Equal("a b/c#d/x%2Fy.parquet", Assert.Single(rows).Path);
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "feature/foo", rows[0].Path);
        Assert.Equal(10, resolved.File.Size);
        Assert.Contains("tree/feature%2Ffoo/", hub.Log.Of(RequestKind.Tree)[0].Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_RevisionWithAnEncodedSlashInItsName_IsNotTheOneWithASlash()
    {
        await using var hub = await EmulatedHub.StartAsync();
        await hub.Client.CreateBranchAsync(EmulatedHub.Repository, "feature/foo", hub.Put(("slash.parquet", [1])));
        await hub.Client.CreateBranchAsync(EmulatedHub.Repository, "feature%2Ffoo", hub.Put(("both.parquet", [2])));
        Assert.Equal(2, await hub.Client.ListAsync(EmulatedHub.Repository, "feature/foo").CountAsync());
        Assert.Equal(3, await hub.Client.ListAsync(EmulatedHub.Repository, "feature%2Ffoo").CountAsync());
        Assert.EndsWith("/tree/feature%252Ffoo", hub.Log.Of(RequestKind.Tree)[^1].Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("recursive=True&expand=False", "a/b")]
    [InlineData("recursive=1", "a%2Fb")]
    public async Task Tree_SpellingsOfOtherClients_AreUnderstoodByTheEmulator(string query, string folder)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("a/b/c/x.parquet", ServerFiles.Bytes(10)));
        using var http = new HttpClient();
        var text = await http.GetStringAsync(
            $"{hub.Server.Url}api/datasets/alice/scores/tree/main/{folder}?{query}",
            TestContext.Current.CancellationToken);
        Assert.Contains("a/b/c/x.parquet", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetPaths_MoreThanOneCallTakes_AreAskedInParts()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("x.parquet", ServerFiles.Bytes(10)));
        var paths = Enumerable.Range(0, 600).Select(i => $"{i}").Append("x.parquet").ToList();
        Assert.Single(await hub.Client.GetPathsAsync(EmulatedHub.Repository, "main", paths));
        Assert.Equal(2, hub.Log.Count(RequestKind.PathsInfo));
    }

    [Fact]
    public async Task GetPaths_CallTooLarge_IsHalved()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put([.. Shards.Select((name, i) => (name, ServerFiles.Bytes(10, i)))]);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.PathsInfo, Status = 413, Times = 2 });
        Assert.Equal(10, (await hub.Client.GetPathsAsync(EmulatedHub.Repository, "main", Shards)).Count);
        Assert.Equal(2 + 5, hub.Log.Count(RequestKind.PathsInfo));
    }
}
