using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class DownloadTests
{
    private const string Name = "data/x.parquet";
    private static readonly byte[] Content = ServerFiles.Bytes(50_000);

    [Fact]
    public async Task Fetch_LargeFile_ComesInRangesAndWhole()
    {
        await using var hub = await StartAsync();
        await AssertFetchedAsync(hub);
        var ranges = hub.Log.Of(RequestKind.ObjectGet).Select(entry => entry.Range!).ToHashSet();
        Assert.Equal(13, ranges.Count);
        Assert.Contains("bytes=49152-49999", ranges);
        Assert.All(hub.Log.Entries, entry => Assert.Equal("identity", entry.AcceptEncoding));
        Assert.Equal(1, hub.Log.Count(RequestKind.Resolve));
    }

    [Fact]
    public async Task Fetch_CutTwice_ContinuesWhereItBroke()
    {
        await using var hub = await StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, CutAfter = 20_000 });
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, CutAfter = 10_000 });
        await AssertFetchedAsync(hub, options => options with { PartSize = 1 << 20 });
        var got = hub.Log.Of(RequestKind.ObjectGet).Select(entry => entry.Range).ToList();
        Assert.Null(got[0]);
        Assert.Equal(3, got.Count);
        Assert.All(got.Skip(1), range => Assert.EndsWith("-49999", range, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetch_CutAndRangesIgnored_HasNoByteTwice()
    {
        await using var hub = await StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, CutAfter = 20_000 });
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, IgnoreRange = true });
        await AssertFetchedAsync(hub, options => options with { PartSize = 1 << 20 });
    }

    [Fact]
    public async Task Fetch_ServerThatKnowsNoRanges_SendsTheWholeFileOnce()
    {
        await using var hub = await StartAsync(new byte[40 << 20]);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, IgnoreRange = true, Times = 99 });
        var path = await hub.NewFetcher(options => options with { PartSize = 16 << 20 })
            .FetchAsync(EmulatedHub.Repository, "main", Name);
        Assert.Equal(40 << 20, new FileInfo(path).ResolveLinkTarget(true) is FileInfo blob ? blob.Length : -1);
    }

    [Fact]
    public async Task Fetch_LeftOverFromADeadProcess_IsContinued()
    {
        await using var hub = await StartAsync();
        LeaveOver(hub, Content[..30_000]);
        await AssertFetchedAsync(hub);
        Assert.All(
            hub.Log.Of(RequestKind.ObjectGet),
            entry => Assert.True(long.Parse(entry.Range![6..].Split('-')[0], null) >= 30_000));
    }

    [Fact]
    public async Task Fetch_LeftOverIsComplete_NeedsNoByte()
    {
        await using var hub = await StartAsync();
        LeaveOver(hub, Content);
        await AssertFetchedAsync(hub);
        Assert.Equal(0, hub.Log.Count(RequestKind.ObjectGet));
    }

    [Fact]
    public async Task Fetch_LeftOverIsDamaged_IsThrownAwayAndFetchedAnew()
    {
        await using var hub = await StartAsync();
        LeaveOver(hub, new byte[30_000]);
        await AssertFetchedAsync(hub);
        Assert.Contains(hub.Log.Of(RequestKind.ObjectGet), entry => entry.Range == "bytes=0-4095");
    }

    [Fact]
    public async Task Fetch_WrongBytes_AreRejectedAndLeaveNothingBehind()
    {
        await using var hub = await StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, WrongBytes = true });
        var error = await Assert.ThrowsAsync<HubException>(() => AssertFetchedAsync(hub));
        Assert.Equal(HubErrorKind.WrongContent, error.Kind);
        Assert.Empty(Directory.GetFiles(Blobs(hub)));
    }

    [Fact]
    public async Task Fetch_WrongSizeAnnounced_IsRejected()
    {
        await using var hub = await StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Resolve,
            ReplaceHeaders = new Dictionary<string, string> { ["X-Linked-Size"] = "49999" },
        });
        var error = await Assert.ThrowsAsync<HubException>(() => AssertFetchedAsync(hub));
        Assert.Contains("50000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_PlainFileDamaged_IsRejectedByGitsDigest()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("notes.txt", "hello\n"u8.ToArray()));
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ResolveCache, Method = "GET", WrongBytes = true });
        var error = await Assert.ThrowsAsync<HubException>(
            () => hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", "notes.txt"));
        Assert.Equal(HubErrorKind.WrongContent, error.Kind);
    }

    [Fact]
    public async Task Fetch_SignedAddressExpires_ResolvesAgainOnceForAllParts()
    {
        await using var hub = await StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, Status = 403, Times = 3, Skip = 2 });
        await AssertFetchedAsync(hub);
        Assert.InRange(hub.Log.Count(RequestKind.Resolve), 2, 4);
    }

    [Fact]
    public async Task Fetch_AddressAboutToExpire_IsRenewedBeforeItIsUsed()
    {
        await using var hub =
            await EmulatedHub.StartAsync(options => options with { DownloadLife = TimeSpan.FromSeconds(5) });
        hub.Put((Name, Content));
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", Name);
        hub.Time.Advance(resolved.Download.Expires!.Value - hub.Time.GetUtcNow());
        using var reader = hub.Client.OpenReader(resolved);
        await reader.ReadAsync(0, new byte[100], default);
        Assert.Equal(2, hub.Log.Count(RequestKind.Resolve));
    }

    [Fact]
    public async Task Fetch_SignedAddressAloneExpires_SaysThatItCannotBeRenewed()
    {
        await using var hub = await StartAsync();
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", Name);
        hub.Server.Signatures.ExpireAll();
        var target = Path.Combine(hub.Folder, "x.parquet");
        var error = await Assert.ThrowsAsync<HubException>(
            () => hub.NewDownloader().FetchAsync(resolved.File, resolved.Download, target));
        Assert.Equal(HubErrorKind.LinkExpired, error.Kind);
        Assert.False(File.Exists(target));
    }

    [Fact]
    public async Task Fetch_WorkerWithoutToken_StoresByTheSignedAddressAndAsksForRenewal()
    {
        await using var hub = await StartAsync();
        var resolved = await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", Name);
        hub.Server.Signatures.ExpireAll();
        var asked = 0;
        var worker =
            new HubDownloader(
            hub.NewTransport(), HubCache.In(hub.CacheFolder), new DownloadOptions { DiskReserve = 0 });
        var path = await worker.StoreAsync(resolved.File, resolved.Download, async token =>
        {
            asked++;
            return (await hub.Client.ResolveAsync(EmulatedHub.Repository, resolved.File.Commit, Name, token)).Download;
        });
        Assert.Equal(Content, await File.ReadAllBytesAsync(path));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Fetch_HubSetsACookie_NobodyIsShownIt()
    {
        // Cookies know no ports: storage on the Hub's own host name would get it.
        await using var hub = await EmulatedHub.StartAsync(options => options with { DataHost = "127.0.0.1" });
        hub.Put((Name, Content));
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Resolve,
            ReplaceHeaders = new Dictionary<string, string> { ["Set-Cookie"] = "session=1; Path=/" },
        });
        await AssertFetchedAsync(hub);
        await hub.Client.GetInfoAsync(EmulatedHub.Repository);
        Assert.Equal(0, hub.Server.Faults.Count);
        Assert.DoesNotContain(hub.Log.Entries, entry => entry.HasCookie);
    }

    [Fact]
    public async Task Fetch_StorageBusy_IsWaitedFor()
    {
        await using var hub = await StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, Status = 503, Times = 3 });
        await AssertFetchedAsync(hub);
    }

    [Fact]
    public async Task Fetch_BodyFallsSilent_IsGivenUpAndContinued()
    {
        await using var hub = await StartAsync();
        var silent = new TaskCompletionSource();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, Stall = true, Reached = silent });
        var fetch = AssertFetchedAsync(hub, options => options with { PartSize = 1 << 20 });
        await Task.WhenAny(silent.Task, fetch);
        while (!fetch.IsCompleted && hub.Log.Count(RequestKind.ObjectGet) == 1)
        {
            hub.Time.FireLimits(EmulatedHub.Silence);
            await Task.Yield();
        }
        await fetch;
    }

    [Fact]
    public async Task Fetch_TooLittleDisk_FailsBeforeTheFirstByte()
    {
        await using var hub = await StartAsync();
        var error = await Assert.ThrowsAsync<HubException>(() => AssertFetchedAsync(
            hub, options => options with { FreeSpace = _ => 1_000_049_999, DiskReserve = 1_000_000_000 }));
        Assert.Equal(HubErrorKind.DiskFull, error.Kind);
        Assert.Equal(0, hub.Log.Count(RequestKind.ObjectGet));
    }

    [Fact]
    public async Task Fetch_EmptyFile_IsEmpty()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("empty.txt", []));
        var path = await hub.NewFetcher().FetchAsync(EmulatedHub.Repository, "main", "empty.txt");
        Assert.Empty(await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Fetch_SameFileByManyAtOnce_IsFetchedOnce()
    {
        await using var hub = await StartAsync();
        await Task.WhenAll(
            Enumerable.Range(0, 8)
            .Select(_ => AssertFetchedAsync(hub, options => options with { PartSize = 1 << 20 })));
        Assert.Equal(1, hub.Log.Count(RequestKind.ObjectGet));
        Assert.Single(Directory.GetFiles(Blobs(hub)));
    }

    private static async Task<EmulatedHub> StartAsync(byte[]? content = null)
    {
        var hub = await EmulatedHub.StartAsync();
        hub.Put((Name, content ?? Content));
        return hub;
    }

    private static string Blobs(EmulatedHub hub) => Path.Combine(hub.CacheFolder, "datasets--alice--scores", "blobs");

    private static void LeaveOver(EmulatedHub hub, byte[] content) => hub.WriteFile(
        $"cache/datasets--alice--scores/blobs/{ServerFiles.Sha256(Content)}.0123abcd.incomplete", content);

    private static async Task AssertFetchedAsync(EmulatedHub hub, Func<DownloadOptions, DownloadOptions>? change = null)
    {
        var path = await hub.NewFetcher(change).FetchAsync(EmulatedHub.Repository, "main", Name);
        Assert.Equal(Content, await File.ReadAllBytesAsync(path));
    }
}
