using FineWebTorch.Common;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>What is found out before anything is scored.</summary>
public sealed class PreflightTests
{
    [Theory]
    [InlineData(RequestKind.Info, 401, "", "cannot read datasets/alice/web: the Hub refused the token")]
    [InlineData(RequestKind.Resolve, 403, "", "cannot read datasets/alice/web/data/000_00000.parquet: the token lacks")]
    [InlineData(RequestKind.Resolve, 403, "GatedRepo", "accept the terms of datasets/alice/web at http://127.0.0.1:")]
    [InlineData(RequestKind.Tree, 404, "EntryNotFound", "cannot list datasets/alice/web/data: it has no such file")]
    [InlineData(RequestKind.CreateRepository, 401, "", "cannot create datasets/alice/edu: the Hub refused the token")]
    [InlineData(RequestKind.CreateRepository, 403, "", "cannot create datasets/alice/edu: the token lacks the right")]
    [InlineData(RequestKind.Preupload, 403, "", "cannot upload to datasets/alice/edu: the token lacks the right")]
    public async Task Prepare_RightIsMissing_NamesWhichInOneLineAndLeavesNothing(
        string kind, int status, string code, string reason)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = kind,
            Status = status,
            Headers = new Dictionary<string, string> { ["X-Error-Code"] = code },
            Times = 100,
        });

        var refusal = await Assert.ThrowsAsync<HubException>(() => hub.Sample.PrepareAsync(hub.Publishing));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.False(Directory.Exists(hub.Sample["run"]));
    }

    [Fact]
    public async Task Prepare_ModelIsGated_SaysWhereToAcceptItsTerms()
    {
        await using var hub = await HubRun.StartAsync();
        hub.Server.Store.Create("models", "alice/tiny", false);
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Info,
            PathContains = "models/alice/tiny",
            Status = 403,
            Headers = new Dictionary<string, string> { ["X-Error-Code"] = "GatedRepo" },
        });

        var refusal = await Assert.ThrowsAsync<HubException>(
            () => hub.Sample.PrepareAsync(hub.Publishing.With("--model", "alice/tiny")));

        Assert.Contains("accept the terms of alice/tiny at ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Prepare_PrivateButTheDatasetIsThere_MustBePrivate(bool isPrivate)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Server.Store.Create("datasets", "alice/edu", isPrivate);
        var arguments = hub.Publishing.With("--private", "true");

        if (isPrivate)
            (await hub.Sample.PrepareAsync(arguments)).Dispose();
        else
            Assert.Contains(
                "--private: datasets/alice/edu is there already and public",
                (await Assert.ThrowsAsync<UserErrorException>(() => hub.Sample.PrepareAsync(arguments))).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_CreatePrForADatasetThatDoesNotExist_NamesItAndCreatesNothing()
    {
        await using var hub = await HubRun.StartAsync();

        var refusal = await Assert.ThrowsAsync<HubException>(
            () => hub.Sample.PrepareAsync(hub.Publishing.With("--create-pr", "true")));

        Assert.Contains("datasets/alice/edu does not exist", refusal.Message, StringComparison.Ordinal);
        Assert.Null(hub.Server.Store.Find("datasets", "alice/edu"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prepare_CreatePrWithATokenThatMayOnlyPropose_NeedsItToUploadAsWell(bool uploads)
    {
        // The only token there is, as a proposer's.
        await using var hub = await HubRun.StartAsync(options => options with
        {
            Token = "hf_ofSomeoneElse",
            ReadToken = HubRun.Token,
            ReadTokenUploads = uploads,
        });
        hub.Repository("alice/edu");
        var arguments = hub.Publishing.With("--create-pr", "true");

        if (uploads)
        {
            await SteppedRun.ScoreAsync(hub, arguments, [0, 1]);
            await SteppedRun.StepAsync(hub, arguments);
            await SteppedRun.ScoreAsync(hub, arguments, [2, 3]);
            await ScoredRun.PublishAsync(hub, arguments);
            Assert.Equal(10, hub.Commits("refs/pr/1")[0].Files.Count);
            return;
        }

        var refusal = await Assert.ThrowsAsync<HubException>(() => hub.Sample.PrepareAsync(arguments));
        Assert.StartsWith(
            "cannot upload to datasets/alice/edu: the token lacks the right to do that", refusal.Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(hub.Sample["run", "ledger.sqlite"]));
    }

    [Fact]
    public async Task Prepare_ModelAtARevision_IsThatOne()
    {
        await using var hub = await HubRun.StartAsync();
        var model = hub.Server.Store.Create("models", "alice/tiny", false)!;
        var commit = HubRun.Put(model, [.. Directory.GetFiles(hub.Sample["model"])
            .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]);
        HubRun.Put(model, ("config.json", "{}"u8.ToArray()));

        using var run = await hub.Sample.PrepareAsync(hub.Sample.Arguments.With("--model", $"alice/tiny@{commit}"));

        Assert.Equal(("alice/tiny", commit), (run.Core.Run.Model.Id, run.Core.Run.Model.Revision));
    }

    [Fact]
    public async Task Prepare_AnotherToolHasLeftPartOfTheModelInTheCache_FetchesTheRest()
    {
        await using var hub = await HubRun.StartAsync();
        var model = hub.Server.Store.Create("models", "alice/tiny", false)!;
        HubRun.Put(model, [.. Directory.GetFiles(hub.Sample["model"])
            .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]);
        await hub.Access.Fetcher.FetchAsync(HubRepository.Model("alice/tiny"), "main", "config.json");

        using var run = await hub.Sample.PrepareAsync(hub.Sample.Arguments.With("--model", "alice/tiny"));

        Assert.Contains(run.Core.Run.Model.Files, file => file.Name == "model.safetensors");
    }

    [Fact]
    public async Task Prepare_Offline_TakesTheModelFromTheCacheAndRefusesWhatIsOnTheHubByTheVariable()
    {
        await using var hub = await HubRun.StartAsync();
        var model = hub.Server.Store.Create("models", "alice/tiny", false)!;
        HubRun.Put(model, [.. Directory.GetFiles(hub.Sample["model"])
            .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]);
        await hub.Access.FetchModelAsync("alice/tiny");
        hub.Server.Log.Clear();
        using var offline = new HubAccess(
            new HubOptions { Endpoint = hub.Server.Url, Offline = true }, cache: hub.Access.Downloader.Cache);
        Task<PreparedRun> PrepareAsync(CommandLine arguments) => new RunPreparation(
            arguments.Parse(), _ => { }, new Lazy<HubAccess>(() => offline))
            .PrepareAsync(CancellationToken.None);

        using (var run = await PrepareAsync(hub.Sample.Arguments.With("--model", "alice/tiny")))
            Assert.Equal("alice/tiny", run.Core.Run.Model.Id);
        var input = await Assert.ThrowsAsync<HubException>(
            () => PrepareAsync(hub.Arguments.With("--run", hub.Sample["other"])));
        var output = await Assert.ThrowsAsync<HubException>(() => PrepareAsync(
            hub.Sample.Arguments.With("--output", HubRun.Output, "--run", hub.Sample["other"])));

        Assert.Contains("HF_HUB_OFFLINE", input.Message, StringComparison.Ordinal);
        Assert.Contains("HF_HUB_OFFLINE", output.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Server.Log.Entries);
    }
}
