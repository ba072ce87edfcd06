using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>Retries, redirects and limits of single requests.</summary>
public sealed class HubSenderTests
{
    [Theory]
    [InlineData(429, "RateLimit", "\"api\";r=0;t=2", 3.375)]
    [InlineData(429, "RateLimit", "\"api\";r=949;t=271", 120.375)]
    [InlineData(429, "Retry-After", "2", 3.375)]
    [InlineData(429, "X-Nothing", "", 1.125)]
    [InlineData(503, "Retry-After", "2", 3.375)]
    [InlineData(500, "X-Nothing", "", 1.125)]
    public async Task Send_TransientStatus_WaitsAsToldAndSucceeds(
        int status, string header, string value, double seconds)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Info,
            Status = status,
            Headers = new Dictionary<string, string> { [header] = value },
        });
        await hub.Client.GetInfoAsync(EmulatedHub.Repository);
        Assert.Equal([TimeSpan.FromSeconds(seconds)], hub.Time.Delays);
    }

    [Fact]
    public async Task Send_ServerStaysIll_GivesUpAfterSixAttempts()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(
            new Fault { Kind = RequestKind.Info, Status = 502, Times = 99, Body = "<html>Bad gateway</html>" });
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Equal((HubErrorKind.ServerError, 6), (error.Kind, hub.Log.Count(RequestKind.Info)));
        Assert.Equal([1.125, 2.25, 4.5, 9, 9], hub.Time.Delays.Select(delay => delay.TotalSeconds));
        Assert.DoesNotContain("html", error.Message, StringComparison.Ordinal);
        Assert.Contains("emulated-", error.RequestId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_ServerAsksForHours_GivesUpAtOnce()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Info,
            Status = 503,
            Headers = new Dictionary<string, string> { ["Retry-After"] = "10800" },
        });
        await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Empty(hub.Time.Delays);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task Send_FinalStatus_IsNotRepeated(int status)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Info, Status = status });
        await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Equal(1, hub.Log.Count(RequestKind.Info));
    }

    [Fact]
    public async Task Send_ConnectionClosed_IsRepeated()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Tree, Reset = true });
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Tree, CutAfter = 10 });
        Assert.Single(await hub.Client.ListAsync(EmulatedHub.Repository, "main").ToListAsync());
        Assert.Equal(3, hub.Log.Count(RequestKind.Tree));
    }

    [Fact]
    public async Task Send_NobodyThere_NamesTheHost()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var client = hub.NewClient(options => options with { Endpoint = new Uri("http://127.0.0.1:1") });
        var error = await Assert.ThrowsAsync<HubException>(() => client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Equal(HubErrorKind.Unreachable, error.Kind);
        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_RedirectLoop_EndsAfterTenHops()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Info,
            Status = 307,
            Times = 99,
            Headers = new Dictionary<string, string> { ["Location"] = "/api/datasets/alice/scores" },
        });
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Equal((HubErrorKind.BadAnswer, 11), (error.Kind, hub.Log.Count(RequestKind.Info)));
    }

    [Fact]
    public async Task Send_RedirectToAnotherOrigin_IsNotFollowed()
    {
        await using var hub = await EmulatedHub.StartAsync(options => options with { DataHost = "127.0.0.1" });
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Info,
            Status = 307,
            Headers = new Dictionary<string, string>
            {
                ["Location"] = $"{hub.Server.DataUrl}api/datasets/alice/scores",
            },
        });
        await Assert.ThrowsAsync<HubException>(() => hub.Client.GetInfoAsync(EmulatedHub.Repository));
        Assert.DoesNotContain(hub.Log.Entries, entry => entry.IsData);
    }

    [Fact]
    public async Task Send_RenamedRepository_IsFollowedWithTheToken()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put(("x.parquet", ServerFiles.Bytes(100)));
        hub.Server.Store.Move(hub.Server.Store.Find("datasets", "alice/scores")!, "alice/renamed");
        Assert.Equal(commit, (await hub.Client.GetInfoAsync(EmulatedHub.Repository)).Commit);
        Assert.Equal(commit, (await hub.Client.ResolveAsync(EmulatedHub.Repository, "main", "x.parquet")).File.Commit);
        Assert.All(hub.Log.Entries, entry => Assert.True(entry.HasAuthorization));
        Assert.Contains(hub.Log.Entries, entry => entry.Path.Contains("renamed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Send_Offline_SendsNothingAndNamesTheVariable()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var client = hub.NewClient(options => options with { Offline = true });
        var error = await Assert.ThrowsAsync<HubException>(() => client.GetInfoAsync(EmulatedHub.Repository));
        Assert.Equal(HubErrorKind.Offline, error.Kind);
        Assert.Contains("HF_HUB_OFFLINE", error.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Log.Entries);
    }

    [Fact]
    public async Task Send_QuotaRunsOut_WaitsForTheWindowInsteadOfBeingRefused()
    {
        await using var hub = await EmulatedHub.StartAsync(options => options with { Quota = 3 });
        var client = hub.NewClient();
        for (var i = 0; i < 3; i++)
            await client.GetInfoAsync(EmulatedHub.Repository);
        Assert.Empty(hub.Time.Delays);
        // The fourth is held back: only once a window has passed here does it go out, and is refused over there,
        // where no time has passed.
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Info, Status = 404 });
        await Assert.ThrowsAsync<HubException>(() => client.GetInfoAsync(EmulatedHub.Repository));
        Assert.True(Assert.Single(hub.Time.Delays) > TimeSpan.FromSeconds(290));
    }
}
