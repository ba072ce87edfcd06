using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>What is asked of the dataset before anything goes there.</summary>
public sealed class HubOutputTests : IAsyncLifetime
{
    private static readonly byte[] Bytes = [1, 2, 3];
    private static readonly LfsObject Blob = new(Sha256.Of(Bytes), Bytes.Length);
    private HubRun _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await HubRun.StartAsync();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Theory]
    [InlineData("hf://datasets/alice/edu", "main", null)]
    [InlineData("hf://datasets/alice/edu@v2", "v2", null)]
    [InlineData("hf://datasets/alice/edu@refs%2Fpr%2F7", "refs/pr/7", 7)]
    [InlineData("hf://datasets/alice/edu@refs%2Fpr%2Fx", "refs/pr/x", null)]
    public void Revision_MayBeThatOfAPullRequest(string place, string revision, int? number)
    {
        var output = Output(place: place);

        Assert.Equal((revision, number), (output.Revision, output.GivenPullRequest));
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, " as a private dataset")]
    public async Task Probe_OfNothing_SaysWhatWouldBeCreatedAndCreatesNothing(bool isPrivate, string how)
    {
        Assert.Equal(
            $"datasets/alice/edu is not there: it would be created{how}",
            await Output(new PublishOptions(Private: isPrivate)).ProbeAsync([], default));

        Assert.Null(Store);
    }

    [Fact]
    public async Task Probe_OfWhatIsThere_SaysNothingOrThatTheBranchIsNot()
    {
        _hub.Repository("alice/edu");

        Assert.Null(await Output().ProbeAsync([], default));
        Assert.Equal(
            "datasets/alice/edu has no branch v2: it would be created",
            await Output(place: "hf://datasets/alice/edu@v2").ProbeAsync([], default));

        Assert.Equal(["refs/heads/main"], Store!.State.Refs.Keys);
        // Whether one may upload is asked for what is to be proposed alone: the others may write.
        Assert.Equal(0, _hub.Server.Log.Count(RequestKind.LfsBatch));
        await Output(new PublishOptions(CreatePullRequest: true)).ProbeAsync([], default);
        Assert.Equal(1, _hub.Server.Log.Count(RequestKind.LfsBatch));
    }

    [Fact]
    public async Task Probe_OfWhatIsPublicOrHoldsOthersShards_IsRefused()
    {
        _hub.Put("alice/edu", ("data/train-00000-of-00007.parquet", Bytes), ("other.parquet", Bytes));
        string[] names = ["data/train-00000-of-00002.parquet"];

        var open = await Assert.ThrowsAsync<UserErrorException>(
            () => Output(new PublishOptions(Private: true)).ProbeAsync(names, default));
        var taken = await Assert.ThrowsAsync<UserErrorException>(() => Output().ProbeAsync(names, default));

        Assert.StartsWith("--private: datasets/alice/edu is there already and public", open.Message, Ordinal);
        Assert.StartsWith(
            "--output datasets/alice/edu: data/train-00000-of-00007.parquet is there already and not of this run",
            taken.Message, Ordinal);
        Assert.Null(await Output(new PublishOptions(Overwrite: true)).ProbeAsync(names, default));
    }

    [Theory]
    [InlineData("hf://datasets/alice/edu", false, new[] { "refs/heads/main" })]
    [InlineData("hf://datasets/alice/edu@v2", true, new[] { "refs/heads/main", "refs/heads/v2" })]
    public async Task Preflight_CreatesWhatIsNotThere(string place, bool isPrivate, string[] branches)
    {
        await Output(new PublishOptions(Private: isPrivate), place).PreflightAsync(default);

        Assert.Equal(isPrivate, Store!.State.Private);
        Assert.Equal(branches, Store.State.Refs.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>What is proposed goes to a branch that is there.</summary>
    [Theory]
    [InlineData("hf://datasets/alice/edu@v2", true)]
    [InlineData("hf://datasets/alice/edu@refs%2Fpr%2F1", false)]
    public async Task Preflight_OfAPullRequest_CreatesNoBranch(string place, bool createPullRequest)
    {
        var repository = _hub.Repository("alice/edu");
        repository.Open("Wanted", "refs/heads/main", repository.Require("main").Id, Discussion.Open);
        repository.State.Refs["refs/heads/v2"] = repository.Require("main").Id;

        await Output(new PublishOptions(CreatePullRequest: createPullRequest), place).PreflightAsync(default);

        Assert.Equal(0, _hub.Server.Log.Count(RequestKind.Branch));
        Assert.Equal(0, _hub.Server.Log.Count(RequestKind.CreateRepository) - (createPullRequest ? 0 : 1));
        Assert.Equal(createPullRequest ? 1 : 0, _hub.Server.Log.Count(RequestKind.LfsBatch));
    }

    [Theory]
    [InlineData(false, "main")]
    [InlineData(true, null)]
    public async Task Upload_IsPlannedForItsBranchAndConfirmedOnceItIsThere(bool createPullRequest, string? branch)
    {
        _hub.Repository("alice/edu");
        var output = Output(new PublishOptions(CreatePullRequest: createPullRequest));
        await output.PlanAsync(Blob, default);
        Assert.Equal(branch, Assert.Single(_hub.Server.Log.Of(RequestKind.LfsBatch)).Branch);

        // It has been announced, and has not come.
        Assert.False(await output.ConfirmAsync(Blob, default));
        Assert.Equal(1, _hub.Server.Log.Count(RequestKind.LfsVerify));
        await output.PlanAsync(Blob, default);
        await output.UploadAsync(Write(), Blob, default);
        Assert.True(await output.ConfirmAsync(Blob, default));
        Assert.All(_hub.Server.Log.Of(RequestKind.LfsBatch), entry => Assert.Equal(branch, entry.Branch));
        // Whoever planned it was another coordinator: the storage is asked.
        var verified = _hub.Server.Log.Count(RequestKind.LfsVerify);
        Assert.True(await Output().ConfirmAsync(Blob, default));
        Assert.False(await Output().ConfirmAsync(new LfsObject(new string('a', 64), 3), default));
        Assert.Equal(verified, _hub.Server.Log.Count(RequestKind.LfsVerify));
    }

    [Fact]
    public async Task Upload_ThatCannotBeAskedFor_IsNeitherThereNorMissing()
    {
        _hub.Repository("alice/edu");
        var output = Output();
        await output.PlanAsync(Blob, default);
        _hub.Server.Faults.Add(new Fault { Kind = RequestKind.LfsVerify, Status = 403 });

        await Assert.ThrowsAsync<HubException>(() => output.ConfirmAsync(Blob, default));
    }

    /// <summary>The commit service knows it first; a pull request is opened upon what readers see.</summary>
    [Theory]
    [InlineData(false, 1, 0)]
    [InlineData(true, 0, 1)]
    public async Task Head_IsAskedOfWhoeverKnowsIt(bool createPullRequest, int preuploads, int infos)
    {
        var head = _hub.Put("alice/edu", ("x.txt", Bytes));

        Assert.Equal(head, await Output(new PublishOptions(CreatePullRequest: createPullRequest)).GetHeadAsync(default));

        Assert.Equal(
            (preuploads, infos),
            (_hub.Server.Log.Count(RequestKind.Preupload), _hub.Server.Log.Count(RequestKind.Info)));
    }

    [Fact]
    public async Task Shards_OfEarlierRuns_AreThoseOfOtherContentUnderOurPattern()
    {
        var head = _hub.Put(
            "alice/edu", ("data/train-00000-of-00002.parquet", Bytes), ("data/train-00001-of-00002.parquet", [9]),
            ("data/train-00000-of-00009.parquet", Bytes), ("other/train-00000-of-00002.parquet", Bytes));
        PublishedShard[] shards =
            [Shard("data/train-00000-of-00002.parquet", Bytes), Shard("data/train-00001-of-00002.parquet", [8])];
        var names = shards.Select(shard => shard.Path);

        var refusal = await Assert.ThrowsAsync<UserErrorException>(
            () => Output().FindEarlierAsync(head, names, shards, default));
        var earlier = await Output(new PublishOptions(Overwrite: true)).FindEarlierAsync(head, names, shards, default);

        Assert.Contains(
            "data/train-00000-of-00009.parquet and 1 more shard are there already and not of this run", refusal.Message, Ordinal);
        Assert.Equal(["data/train-00000-of-00009.parquet", "data/train-00001-of-00002.parquet"], earlier);
    }

    /// <summary>A step has put it there under the number that it had before others failed.</summary>
    [Fact]
    public async Task Shard_ThatHasAnotherNameNow_IsOursAndGoes()
    {
        var head = _hub.Put("alice/edu", ("data/train-00001-of-00002.parquet", Bytes));
        var shard = Shard("data/train-00001-of-00002.parquet", Bytes) with { Path = "data/train-00000-of-00001.parquet" };
        Assert.True(shard.IsRenamed);

        Assert.Equal(
            ["data/train-00001-of-00002.parquet"],
            await Output().FindEarlierAsync(head, [shard.Path], [shard], default));
    }

    [Fact]
    public async Task Manifests_OfEarlierShards_AreThoseBesideThem()
    {
        var head = _hub.Put(
            "alice/edu", ("manifests/data/a.parquet.json", Bytes), ("manifests/data/b.parquet.json", Bytes));

        Assert.Equal(
            ["manifests/data/a.parquet.json"],
            await Output().FindManifestsAsync(head, ["data/a.parquet", "data/c.parquet"], default));
        var asked = _hub.Server.Log.Entries.Count;
        Assert.Empty(await Output().FindManifestsAsync(head, [], default));
        Assert.Equal(asked, _hub.Server.Log.Entries.Count);
    }

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private Repository? Store => _hub.Server.Store.Find("datasets", "alice/edu");

    private HubOutput Output(PublishOptions? options = null, string place = HubRun.Output) =>
        new(_hub.Access, Runs.Spec with { Output = place }, options ?? new PublishOptions());

    private string Write()
    {
        var path = _hub.Sample["uploads", "x"];
        File.WriteAllBytes(path, Bytes);
        return path;
    }

    private static PublishedShard Shard(string name, byte[] content) => new(name, new ShardRecord(
        0, name, 1, content.Length, Sha256.Of(content), 1, 1, 0, [], Done: true));
}
