using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class RepositoryTests
{
    private static readonly HubRepository Fresh = HubRepository.Dataset("alice/new");

    [Fact]
    public async Task Create_New_IsPrivateAsAsked()
    {
        await using var hub = await EmulatedHub.StartAsync();
        Assert.True(await hub.Client.CreateRepositoryAsync(Fresh, isPrivate: true));
        Assert.True((await hub.Client.GetInfoAsync(Fresh)).Private);
    }

    [Fact]
    public async Task Create_Exists_IsDone()
    {
        await using var hub = await EmulatedHub.StartAsync();
        Assert.False(await hub.Client.CreateRepositoryAsync(EmulatedHub.Repository, false));
    }

    [Fact]
    public async Task Create_WithoutTheRightButExists_IsDone()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.CreateRepository, Status = 403 });
        Assert.False(await hub.Client.CreateRepositoryAsync(EmulatedHub.Repository, false));
    }

    [Fact]
    public async Task Create_WithoutTheRightAndMissing_Fails()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.CreateRepository, Status = 403 });
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.CreateRepositoryAsync(Fresh, false));
        Assert.Equal(HubErrorKind.Forbidden, error.Kind);
    }

    [Fact]
    public async Task Create_ConflictingOperation_IsTriedAgain()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.CreateRepository,
            Status = 409,
            Times = 2,
            Body = """{"error":"Cannot create repo: another conflicting operation is in progress"}""",
        });
        Assert.True(await hub.Client.CreateRepositoryAsync(Fresh, false));
    }

    [Fact]
    public async Task Create_AnswerLost_IsDone()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.CreateRepository, ApplyFirst = true, Status = 500 });
        await hub.Client.CreateRepositoryAsync(Fresh, false);
        Assert.NotNull(await hub.Client.FindAsync(Fresh));
    }

    [Fact]
    public async Task Find_Missing_IsNull()
    {
        await using var hub = await EmulatedHub.StartAsync();
        Assert.Null(await hub.Client.FindAsync(Fresh));
    }

    [Fact]
    public async Task CreateBranch_Twice_IsDone()
    {
        await using var hub = await EmulatedHub.StartAsync();
        Assert.True(await hub.Client.CreateBranchAsync(EmulatedHub.Repository, "side"));
        Assert.False(await hub.Client.CreateBranchAsync(EmulatedHub.Repository, "side"));
    }

    [Fact]
    public async Task WhoAmI_Token_HasNameAndRole()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var user = await hub.Client.WhoAmIAsync();
        Assert.Equal(("alice", "write"), (user.Name, user.Role));
    }

    [Fact]
    public async Task CheckInput_GatedWithoutAcceptedTerms_SaysWhereToAcceptThem()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("data/x.parquet", ServerFiles.Bytes(10)));
        var repository = hub.Server.Store.Find("datasets", "alice/scores")!;
        repository.State.Gated = "manual";
        var input = new HubPath(EmulatedHub.Repository, null, "data/*.parquet");
        var error = await Assert.ThrowsAsync<HubException>(() => new HubPreflight(hub.Client).CheckInputAsync(input));
        Assert.Equal(HubErrorKind.Gated, error.Kind);
        Assert.Contains($"{hub.Server.Url}datasets/alice/scores", error.Message, StringComparison.Ordinal);
        repository.State.TermsAccepted = true;
        Assert.Single((await new HubPreflight(hub.Client).CheckInputAsync(input)).Files);
    }

    [Fact]
    public async Task CheckOutput_TokenThatMayOnlyRead_FailsUnlessAPullRequestWillDo()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var preflight =
            new HubPreflight(hub.NewClient(options => options with { Token = HubToken.From(EmulatedHub.ReadToken) }));
        var error = await Assert.ThrowsAsync<HubException>(
            () => preflight.CheckOutputAsync(EmulatedHub.Repository, "main", false));
        Assert.Equal(HubErrorKind.Forbidden, error.Kind);
        Assert.False(await preflight.CheckOutputAsync(EmulatedHub.Repository, "main", false, createPullRequest: true));
    }

    [Fact]
    public async Task CheckOutput_Missing_IsCreated()
    {
        await using var hub = await EmulatedHub.StartAsync();
        Assert.True(await new HubPreflight(hub.Client).CheckOutputAsync(Fresh, "main", true));
        Assert.True((await hub.Client.GetInfoAsync(Fresh)).Private);
    }
}
