using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>What a token may do is known before anything is done.</summary>
public sealed class PreflightTests
{
    private static readonly HubRepository Fresh = HubRepository.Dataset("alice/new");

    [Fact]
    public async Task Input_IsPinnedAndOneFileOfItAskedFor()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var commit = hub.Put(("data/b.parquet", [2]), ("data/a.parquet", [1]), ("x.txt", [3]));

        var (pinned, files) = await new HubPreflight(hub.Client).CheckInputAsync(
            new HubPath(EmulatedHub.Repository, null, "data/*"));

        Assert.Equal(commit, pinned);
        Assert.Equal(["data/a.parquet", "data/b.parquet"], files.Select(file => file.Path));
        Assert.Equal(1, hub.Log.Count(RequestKind.Resolve));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Output_NotThere_IsCreatedAsAsked(bool isPrivate)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var preflight = new HubPreflight(hub.Client);

        Assert.True(await preflight.CheckOutputAsync(Fresh, "main", isPrivate));

        Assert.Equal(isPrivate, (await hub.Client.GetInfoAsync(Fresh)).Private);
        Assert.False(await preflight.CheckOutputAsync(Fresh, "main", isPrivate));
        Assert.Equal(2, hub.Log.Count(RequestKind.Preupload));
    }

    [Fact]
    public async Task Output_ForAPullRequest_MustBeThere()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var preflight = new HubPreflight(hub.Client);

        await Assert.ThrowsAsync<HubException>(
            () => preflight.CheckOutputAsync(Fresh, "main", isPrivate: false, createPullRequest: true));
        Assert.Null(hub.Server.Store.Find("datasets", Fresh.Id));
        Assert.False(await preflight.CheckOutputAsync(
            EmulatedHub.Repository, "main", isPrivate: false, createPullRequest: true));
        Assert.Equal(0, hub.Log.Count(RequestKind.CreateRepository));
    }

    /// <summary>Whoever may only read may still propose.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Output_ATokenThatMayOnlyRead_MayPropose(bool createPullRequest)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var reader = new HubPreflight(
            hub.NewClient(options => options with { Token = HubToken.From(EmulatedHub.ReadToken) }));

        var check = () => reader.ProbeOutputAsync(EmulatedHub.Repository, "main", createPullRequest);

        if (createPullRequest)
            Assert.Equal((false, true), await check());
        else
            Assert.Equal(HubErrorKind.Forbidden, (await Assert.ThrowsAsync<HubException>(check)).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Probe_OfWhatIsThere_SaysHowItIs(bool isPrivate)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Store.Create("datasets", Fresh.Id, isPrivate);
        var preflight = new HubPreflight(hub.Client);

        Assert.Equal((isPrivate, true), await preflight.ProbeOutputAsync(Fresh, "main", createPullRequest: false));
        Assert.Equal((isPrivate, false), await preflight.ProbeOutputAsync(Fresh, "side", createPullRequest: false));

        Assert.All(hub.Log.Of(RequestKind.Preupload), entry => Assert.EndsWith("/preupload/main", entry.Path, Ordinal));
        Assert.Equal(2, hub.Log.Count(RequestKind.Preupload));
        Assert.Equal(0, hub.Log.Count(RequestKind.WhoAmI));
    }

    [Fact]
    public async Task Probe_WhereTheRevisionCannotBeLookedAt_Fails()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Info, PathContains = "/revision/", Status = 403 });

        var error = await Assert.ThrowsAsync<HubException>(() => new HubPreflight(hub.Client).ProbeOutputAsync(
            EmulatedHub.Repository, "main", createPullRequest: false));

        Assert.Equal(HubErrorKind.Forbidden, error.Kind);
    }

    [Fact]
    public async Task Probe_OfWhatIsNotThere_CreatesNothing()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var preflight = new HubPreflight(hub.Client);

        Assert.Equal((null, false), await preflight.ProbeOutputAsync(Fresh, "main", createPullRequest: false));

        Assert.Null(hub.Server.Store.Find("datasets", Fresh.Id));
        Assert.Equal((0, 1), (hub.Log.Count(RequestKind.Preupload), hub.Log.Count(RequestKind.WhoAmI)));
        // A pull request needs something to be proposed to.
        await Assert.ThrowsAsync<HubException>(
            () => preflight.ProbeOutputAsync(Fresh, "main", createPullRequest: true));
        Assert.Equal(1, hub.Log.Count(RequestKind.Preupload));
    }

    [Theory]
    [InlineData("alice", """[]""", "write", null)]
    [InlineData("bob", """[{"name":"alice"}]""", "write", null)]
    [InlineData("bob", """[{"name":"carol"}]""", "write",
        "the token belongs to bob, which is not in an organization alice")]
    [InlineData("alice", """[]""", "read", "the token may only read; make one that may write")]
    public async Task Probe_OfWhatIsNotThere_AsksWhetherItMayBeCreated(
        string user, string organizations, string role, string? reason)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.WhoAmI,
            Status = 200,
            Body = $$$"""
                {"name":"{{{user}}}","orgs":{{{organizations}}},"auth":{"accessToken":{"role":"{{{role}}}" } } }
                """,
        });

        var probe = () => new HubPreflight(hub.Client).ProbeOutputAsync(Fresh, "main", createPullRequest: false);

        if (reason is null)
        {
            Assert.Equal((null, false), await probe());
            return;
        }

        var error = await Assert.ThrowsAsync<HubException>(probe);
        Assert.Equal((HubErrorKind.Forbidden, Fresh), (error.Kind, error.Repository));
        Assert.StartsWith($"cannot create datasets/alice/new: {reason}", error.Message, Ordinal);
    }

    private static StringComparison Ordinal => StringComparison.Ordinal;
}
