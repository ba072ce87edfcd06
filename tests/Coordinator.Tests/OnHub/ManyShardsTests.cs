using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>A run of more shards than one commit takes.</summary>
public sealed class ManyShardsTests
{
    /// <summary>For tests of what can go wrong: parts of two, two and one.</summary>
    private static readonly PublishOptions InSmallParts = new(FilesPerCommit: 2);

    [Fact]
    public async Task Publish_TwoThousandShardsWithFaultsInTheMiddle_MakesThreeCommitsWithTheCardLast()
    {
        const int Count = 2001;
        await using var hub = await HubRun.StartAsync();
        Prepare(hub, Count);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403, Skip = 1 });
        await Assert.ThrowsAsync<HubException>(() => PublishAsync(hub));
        Assert.Single(hub.Commits());
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 500, ApplyFirst = true });

        var outcome = await PublishAsync(hub);

        AssertPublished(hub, Count);
        Assert.Equal(
            hub.Commits().Reverse().Select(commit => $"{hub.Server.Url}datasets/alice/edu/commit/{commit.Id}"),
            outcome.Commits);
        Assert.Equal([2001, 4001, 4004], hub.Commits().Reverse().Select(commit => commit.Files.Count));
        // The first part, its successor twice, and the last.
        Assert.Equal(4, hub.Server.Log.Count(RequestKind.Commit));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task Publish_StoppedAtAPart_FinishesFromTheLedgerWithoutDuplicates(int part, bool applied)
    {
        await using var hub = await HubRun.StartAsync();
        Prepare(hub, 5);
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Commit,
            Status = 403,
            Skip = part,
            ApplyFirst = applied,
        });
        await Assert.ThrowsAsync<HubException>(() => PublishAsync(hub, InSmallParts));
        Assert.Equal(part + (applied ? 1 : 0), hub.Commits().Count);
        // Nobody is promised what is still to come.
        Assert.Equal(part == 2 && applied, hub.Commits().Any(commit => commit.Files.ContainsKey("README.md")));

        var outcome = await PublishAsync(hub, InSmallParts);

        AssertPublished(hub, 5);
        Assert.Equal(3, outcome.Commits.Count);
        Assert.Equal(outcome.Commits, (await PublishAsync(hub, InSmallParts)).Commits);
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(1, null)]
    [InlineData(2, 500)]
    public async Task Publish_AnswerToAPartIsLost_CommitsItOnce(int part, int? status)
    {
        await using var hub = await HubRun.StartAsync();
        Prepare(hub, 5);
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Commit,
            Status = status,
            Skip = part,
            ApplyFirst = true,
        });

        var outcome = await PublishAsync(hub, InSmallParts);

        AssertPublished(hub, 5);
        Assert.EndsWith(hub.Commits()[2 - part].Id, outcome.Commits[part], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Publish_TheBranchHasMoved_ReadsTheCardAgainAndGoesOn(int part)
    {
        await using var hub = await HubRun.StartAsync();
        Prepare(hub, 5);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 412, Skip = part });

        await PublishAsync(hub, InSmallParts);

        AssertPublished(hub, 5);
    }

    [Fact]
    public async Task Publish_SomeoneEditsTheCardBetweenParts_KeepsTheirWords()
    {
        await using var hub = await HubRun.StartAsync();
        Prepare(hub, 5);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403, Skip = 2 });
        await Assert.ThrowsAsync<HubException>(() => PublishAsync(hub, InSmallParts));
        hub.Put("alice/edu", ("README.md", "# Mine\n\ntheir words\n"u8.ToArray()));

        await PublishAsync(hub, InSmallParts);

        Assert.Equal([Titles(5)[0], "prepared", .. Titles(5)[1..]], hub.Commits().Select(commit => commit.Title));
        var card = hub.Repository("alice/edu").ReadText(hub.Commits()[0], "README.md")!;
        Assert.Contains("their words\n", card, StringComparison.Ordinal);
        Assert.Contains("path: data/train-*", card, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_CreatePr_PutsAllPartsIntoOnePullRequest(bool stopped)
    {
        await using var hub = await HubRun.StartAsync();
        Prepare(hub, 5);
        var options = InSmallParts with { CreatePullRequest = true };
        if (stopped)
        {
            hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403, Skip = 1 });
            await Assert.ThrowsAsync<HubException>(() => PublishAsync(hub, options));
        }

        await PublishAsync(hub, options);

        Assert.Empty(hub.Commits());
        Assert.Equal(Titles(5), hub.Commits("refs/pr/1").Select(commit => commit.Title));
        Assert.Null(hub.Repository("alice/edu").Find("refs/pr/2"));
    }

    private static string[] Titles(int count) => [.. Enumerable.Range(1, 3).Reverse()
        .Select(part => $"Add {count} shards scored by tiny (part 0000{part} of 00003)")];

    private static void AssertPublished(HubRun hub, int count)
    {
        var commits = hub.Commits();
        Assert.Equal(Titles(count), commits.Select(commit => commit.Title));
        Assert.Equal(
            Enumerable.Range(0, count).Select(index => Name(index, count)),
            commits[0].Files.Keys.Where(name => name.StartsWith("data/", StringComparison.Ordinal)));
        Assert.All(
            Enumerable.Range(0, count),
            index => Assert.Equal(Blob(index).Oid, commits[0].Files[Name(index, count)].Sha256));
        Assert.Contains(
            $"num_examples: {3 * count}\n", hub.Repository("alice/edu").ReadText(commits[0], "README.md"),
            StringComparison.Ordinal);
    }

    /// <summary>A ledger in which every shard is done, and their content in the storage.</summary>
    private static void Prepare(HubRun hub, int count)
    {
        var spec = Runs.Spec with { Input = hub.Sample["in"], Output = HubRun.Output };
        var run = Runs.Run(spec) with { Model = Runs.Model with { Id = "a/tiny", Path = "/models/tiny" } };
        // The first file's footer lists the columns.
        var input = hub.Sample["in", "000_00000.parquet"];
        Directory.CreateDirectory(hub.Sample["run"]);
        using var ledger = SqliteLedger.Open(RunPlaces.LedgerOf(hub.Sample["run"]));
        ledger.Create(run, [.. Enumerable.Range(0, count).Select(index =>
            Runs.File(index, 4, input) with { ShardName = Name(index, count) })]);
        ledger.Commit([.. Enumerable.Range(0, count).SelectMany<int, LedgerChange>(index =>
            [new LedgerChange.ShardPrepared(Shard(index, count)), new LedgerChange.ShardDone(index)])]);
        var storage = Path.GetDirectoryName(hub.Repository("alice/edu").LfsFile("x"))!;
        Directory.CreateDirectory(storage);
        foreach (var index in Enumerable.Range(0, count))
            File.WriteAllBytes(Path.Combine(storage, Blob(index).Oid), BitConverter.GetBytes(index));
    }

    /// <summary>As a coordinator does that has just been started.</summary>
    private static async Task<PublishOutcome> PublishAsync(HubRun hub, PublishOptions? options = null)
    {
        using var ledger = SqliteLedger.Open(RunPlaces.LedgerOf(hub.Sample["run"]));
        var contents = ledger.Load()!;
        var spec = RunSpec.FromOptions(contents.Run.Options);
        var places = new RunPlaces(hub.Sample["run"], hub.Sample["run", "output"], hub.Sample["run", "staging"], "");
        var core = new RunCore(contents, places, new SchedulingOptions(TimeSpan.FromDays(1)));
        var output = new HubOutput(hub.Access, spec, options ?? new PublishOptions());
        return await new RunPublisher(
            output, input: null, new RunPullRequest(output, contents.PullRequest), ledger, core, places, new HubSession())
            .PublishAsync(CancellationToken.None);
    }

    private static ShardRecord Shard(int index, int count) =>
        new(index, Name(index, count), 1, Blob(index).Size, Blob(index).Oid, 4, 3, 0, [], Done: false);

    private static LfsObject Blob(int index) => new(
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(index))), 4);

    private static string Name(int index, int count) => $"data/train-{index:00000}-of-{count:00000}.parquet";
}
