using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Running;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>The commits that would publish a run of three files, by what is there.</summary>
public sealed class PublicationPlanTests : IAsyncLifetime
{
    private readonly CoreHarness _run = new(Runs.Spec with { Output = HubRun.Output }, 0, 0, 0);
    private HubRun _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await HubRun.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _run.Dispose();
    }

    [Fact]
    public async Task Plan_OfAWholeRun_HasAllShardsTheirManifestsAndTheCard()
    {
        var head = _hub.Put("alice/edu", ("README.md", "# Mine\n"u8.ToArray()));
        Finish(files: 3);

        var only = Assert.Single(await PlanAsync(new PublishOptions()));

        var names = Enumerable.Range(0, 3).Select(file => _run.Ledger.ReadFile(file).Record.ShardName).ToList();
        Assert.Equal(
            [.. names, .. names.Select(name => $"manifests/{name}.json"), "README.md"],
            only.Operations.Select(operation => operation.Path));
        Assert.Equal(
            ("Add 3 shards scored by model", "Run run-1 of finewebtorch 0.1.0", head, false, "main"),
            (only.Summary, only.Description, only.ParentCommit, only.CreatePullRequest, only.Revision));
        var card = Assert.IsType<CommitOperation.AddFile>(only.Operations[^1]);
        Assert.Contains("# Mine\n", System.Text.Encoding.UTF8.GetString(card.Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_OfSeveralCommits_HasSoManyShardsInEach()
    {
        _hub.Repository("alice/edu");
        Finish(files: 3);

        var plan = await PlanAsync(new PublishOptions(FilesPerCommit: 2, Message: "Ours"));

        Assert.Equal(["Ours (part 00001 of 00002)", "Ours (part 00002 of 00002)"], plan.Select(part => part.Summary));
        Assert.Equal([4, 3], plan.Select(part => part.Operations.Count));
    }

    /// <summary>It is opened upon the branch as it is then, whatever has come there meanwhile.</summary>
    [Fact]
    public async Task Plan_OfAPullRequest_NamesNoParent()
    {
        _hub.Repository("alice/edu");
        Finish(files: 3);

        var only = Assert.Single(await PlanAsync(new PublishOptions(CreatePullRequest: true)));

        Assert.Null(only.ParentCommit);
    }

    /// <summary>Where a file has failed, the others move up, and what a step has put under the old names goes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Plan_WhereAFileHasFailed_HasNumbersWithoutGaps(bool opens)
    {
        _hub.Repository("alice/edu");
        Finish(files: 2);
        var left = _run.Core.Files.Held.Single().Record;
        Ask(new ControlRequest.Skip(new NamePatterns([left.Name])));
        string[] names = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"];

        var only = Assert.Single(await PlanAsync(new PublishOptions(), opens));

        Assert.Equal("Add 2 shards scored by model", only.Summary);
        Assert.Equal(names, only.Operations.OfType<CommitOperation.AddLfsFile>().Select(add => add.Path));
        var old = PublishedShard.Of(_run.Core, _run.Ledger).Select(shard => shard.Shard.Name).ToList();
        Assert.Equal(
            opens ? [] : [.. old.SelectMany(name => new[] { name, $"manifests/{name}.json" })],
            only.Operations.OfType<CommitOperation.DeleteFile>().Select(delete => delete.Path));
    }

    [Fact]
    public async Task Plan_OverAnEarlierRun_DeletesItsShardsAndTheirManifestsAndNoOthers()
    {
        _hub.Put(
            "alice/edu", ("data/train-00000-of-00007.parquet", [1]),
            ("manifests/data/train-00000-of-00007.parquet.json", [1]), ("manifests/data/else.json", [1]),
            ("words.txt", [1]));
        Finish(files: 3);

        var only = Assert.Single(await PlanAsync(new PublishOptions(Overwrite: true)));

        Assert.Equal(
            ["data/train-00000-of-00007.parquet", "manifests/data/train-00000-of-00007.parquet.json"],
            only.Operations.OfType<CommitOperation.DeleteFile>().Select(delete => delete.Path));
    }

    [Theory]
    [InlineData(1, null, "Add 1 shard scored by model")]
    [InlineData(2, null, "Add 2 shards scored by model")]
    [InlineData(2, "Ours", "Ours")]
    public void Summary_CountsShards(int shards, string? message, string summary) => Assert.Equal(
        summary, PublicationPlan.Summary(Output(new PublishOptions(Message: message)), _run.Core, shards));

    [Fact]
    public void Shards_OfARun_AreKnownByTheirNamesAndContents()
    {
        Finish(files: 3);
        var shards = PublishedShard.Of(_run.Core, _run.Ledger);

        Assert.All(shards, shard => Assert.False(shard.IsRenamed));
        Assert.Equal(new LfsObject(new string('f', 64), 1), shards[0].Blob);
        Assert.Equal($"manifests/{shards[0].Path}.json", shards[0].ManifestPath);
        Assert.NotEqual(PublishedShard.Digest(shards), PublishedShard.Digest(shards.Skip(1)));
        Assert.NotEqual(
            PublishedShard.Digest(shards), PublishedShard.Digest([shards[0] with { Path = "x" }, shards[1], shards[2]]));
    }

    private HubOutput Output(PublishOptions options) => new(_hub.Access, _run.Core.Spec, options);

    private Task<IReadOnlyList<CommitRequest>> PlanAsync(PublishOptions options, bool opens = false)
    {
        var features = new CardFeatures(Features: null, NotInAll: []);
        var parts = new CardParts(features, SourceCard.Empty, new ScoreDistribution(), new CardWork(), "/in/0.parquet");
        return new PublicationPlan(
            Output(options), _run.Core, _run.Ledger, PublishedShard.Of(_run.Core, _run.Ledger), parts)
            .MakeAsync(opens, CancellationToken.None);
    }

    private void Finish(int files)
    {
        var session = _run.Join("a");
        for (var file = 0; file < files; file++)
        {
            _run.Request(session);
            Assert.Null(_run.Deliver(session.BuildLeases.Last()).Refusal);
        }
    }

    private void Ask(ControlRequest request)
    {
        var answer = new TaskCompletionSource<ControlAnswer>();
        _run.Step(new RunCommand.Control(request, answer));
        Assert.Null(answer.Task.Result.Refusal);
    }
}
