using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class ResolveTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Resolve_LfsFile_IsReadOffTheRedirectAlone(string dataHost)
    {
        await using var hub = await EmulatedHub.StartAsync(options => options with { DataHost = dataHost });
        var content = ServerFiles.Bytes(7001);
        var commit = hub.Put(("data/x.parquet", content));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "data/x.parquet");
        Assert.Equal(
            new RemoteFile(EmulatedHub.Repository, commit, "data/x.parquet", ServerFiles.Sha256(content), 7001),
            resolved.File);
        Assert.False(resolved.Download.NeedsToken);
        Assert.NotNull(resolved.Download.Expires);
        Assert.StartsWith($"http://{dataHost}:", resolved.Download.Url, StringComparison.Ordinal);
        Assert.Equal("HEAD", Assert.Single(hub.Log.Entries).Method);
    }

    [Fact]
    public async Task Resolve_PlainFile_FollowsTheRelativeRedirectWithTokenAndQuery()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("notes.txt", "hello\n"u8.ToArray()));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "notes.txt");
        Assert.Equal(("ce013625030ba8dba906f756967f9e9ca394464a", 6), (resolved.File.Etag, resolved.File.Size));
        var followed = Assert.Single(hub.Log.Of(RequestKind.ResolveCache));
        Assert.True(followed.HasAuthorization);
        Assert.StartsWith("etag=%22", followed.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_PlainFileOfAPrivateRepository_NeedsTheToken()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("notes.txt", "hello\n"u8.ToArray()));
        hub.Server.Store.Find("datasets", "alice/scores")!.State.Private = true;
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "notes.txt");
        Assert.True(resolved.Download.NeedsToken);
        Assert.Equal(
            "hello\n"u8.ToArray(), await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "notes.txt"));
    }

    [Fact]
    public async Task Resolve_XetAnnounced_IsIgnored()
    {
        await using var hub = await EmulatedHub.StartAsync(options => options with { AnnounceXet = true });
        var content = ServerFiles.Bytes(500);
        hub.Put(("x.parquet", content));
        Assert.Equal(content, await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "x.parquet"));
    }

    [Fact]
    public async Task Resolve_Missing_NamesTheCommit()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put(("x.parquet", ServerFiles.Bytes(10)));
        var error = await Assert.ThrowsAsync<HubException>(
            () => hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "y.parquet"));
        Assert.Equal((HubErrorKind.EntryNotFound, commit), (error.Kind, error.Commit));
    }

    [Theory]
    [InlineData("X-Repo-Commit", "commit")]
    [InlineData("X-Linked-ETag", "ETag")]
    [InlineData("X-Linked-Size", "how large")]
    public async Task Resolve_HeaderMissing_SaysWhich(string header, string said)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("x.parquet", ServerFiles.Bytes(10)));
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Resolve,
            ReplaceHeaders = new Dictionary<string, string> { [header] = "" },
        });
        var error = await Assert.ThrowsAsync<HubException>(
            () => hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet"));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_EtagThatIsAPath_IsRefused()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("x.parquet", ServerFiles.Bytes(10)));
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Resolve,
            ReplaceHeaders = new Dictionary<string, string> { ["X-Linked-ETag"] = "\"../../../evil\"" },
        });
        await Assert.ThrowsAsync<HubException>(
            () => hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet"));
    }

    [Fact]
    public void ToString_OfASignedDownload_HidesItsQuery() =>
        Assert.Equal("https://c/x", new SignedDownload("https://c/x?Signature=s", null, false).ToString());

    [Fact]
    public async Task Resolve_MirrorThatSendsEverythingOn_IsFollowedOnlyWhereAllowedAndWithoutToken()
    {
        await using var mirror = await EmulatedHub.StartAsync();
        await using var real = await EmulatedHub.StartAsync(options => options with { Token = null });
        var commit = real.Put(("x.parquet", ServerFiles.Bytes(10)));
        mirror.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Resolve,
            Status = 308,
            Times = 2,
            Headers = new Dictionary<string, string>
            {
                ["Location"] = $"{real.Server.Url}datasets/alice/scores/resolve/main/x.parquet",
            },
        });
        await Assert.ThrowsAsync<HubException>(
            () => mirror.Client.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet"));
        Assert.Empty(real.Log.Entries);
        var allowed = mirror.NewClient(options => options with { MirrorOrigins = [real.Server.Url] });
        Assert.Equal(commit, (await allowed.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet")).File.Commit);
        Assert.False(Assert.Single(real.Log.Entries).HasAuthorization);
    }
}
