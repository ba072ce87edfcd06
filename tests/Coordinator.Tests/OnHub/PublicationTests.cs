using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

public sealed class PublicationTests
{
    private static readonly string[] Shards =
        [.. Enumerable.Range(0, 4).Select(index => $"data/train-0000{index}-of-00004.parquet")];

    private static readonly string[] Manifests = [.. Shards.Select(shard => $"manifests/{shard}.json")];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_HubOutput_EndsInOneCommitOfShardsAndCard(bool workerUploads)
    {
        await using var hub = await HubRun.StartAsync();

        var session = await HubSession.RunAsync(hub, hub.Publishing, Builder(hub, workerUploads).WorkAsync);

        var commit = Assert.Single(hub.Commits());
        Assert.Equal([".gitattributes", "README.md", .. Shards, .. Manifests, "report.html"], commit.Files.Keys);
        Assert.Equal([$"{hub.Server.Url}datasets/alice/edu/commit/{commit.Id}"], session.Summary!.Commits);
        Assert.Equal(
            session.Summary.Shards.Select(shard => shard.Sha256), Shards.Select(name => commit.Files[name].Sha256));
        var card = hub.Repository("alice/edu").ReadText(commit, "README.md")!;
        Assert.Contains($"num_examples: {session.Summary.RowsKept}\n", card, StringComparison.Ordinal);
        Assert.Contains("  - name: int_score\n    dtype: int64\n", card, StringComparison.Ordinal);
        Assert.Contains($"datasets/alice/web at {hub.Commit}", card, StringComparison.Ordinal);
        Assert.Equal(4, Uploads(hub));
    }

    [Fact]
    public async Task Run_FortyFilesAndFourWorkers_AsksTheHubNoMoreThanItHasTo()
    {
        const int Files = 40;
        await using var hub = await HubRun.StartAsync();
        // Rows of one window each, all of them different shards by their metadata.
        var content = await File.ReadAllBytesAsync(hub.Sample["in", "000_00000.parquet"]);
        foreach (var index in Enumerable.Range(0, Files))
            await File.WriteAllBytesAsync(hub.Sample["in", $"{index:000}.parquet"], content);
        hub.Put("alice/many", [.. Enumerable.Range(0, Files).Select(index => ($"{index:000}.parquet", content))]);
        var builder = new HubBuilder(hub)
        {
            HandOver = HubBuilder.UploadAsync,
            OnLease = async (worker, message) =>
            {
                if (message.ScoreLease is { } lease)
                    await worker.LocateAsync(lease.File);
            },
        };

        var session = await HubSession.RunAsync(
            hub, hub.Publishing.With("--input", "hf://datasets/alice/many"), builder.WorkAsync, workers: 4);

        Assert.Equal((2 * Files) + 3, Assert.Single(hub.Commits()).Files.Count);
        Assert.Equal(Files, session.Summary!.FilesDone);
        var counts = hub.Server.Log.Counts();
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Join(", ", counts.Select(pair => $"{pair.Key}: {pair.Value}")));
        Assert.Equal(
            (1, Files, Files + 1, Files),
            (counts[RequestKind.Commit], counts[RequestKind.LfsVerify], counts[RequestKind.LfsBatch], Uploads(hub)));
        // One for each footer, whose address serves the first worker too; a few for stolen windows, list and card.
        Assert.InRange(counts[RequestKind.Resolve], Files, Files + 20);
    }

    [Fact]
    public async Task Run_EndedAlready_DoesNotCommitAgain()
    {
        await using var hub = await HubRun.StartAsync();
        var first = await HubSession.RunAsync(hub, hub.Publishing, Builder(hub).WorkAsync);

        var second = await HubSession.RunAsync(hub, hub.Publishing, work: null);
        using var folder = StoredRun.Open(hub.Sample["run"]);

        Assert.Equal(first.Summary!.Commits, folder.Publication!.Commits);
        Assert.Equal(first.Summary!.Commits, second.Summary!.Commits);
        Assert.Single(hub.Commits());
    }

    [Theory]
    [InlineData(RequestKind.LfsBatch, false)]
    [InlineData(RequestKind.Preupload, false)]
    [InlineData(RequestKind.PathsInfo, false)]
    [InlineData(RequestKind.Commit, false)]
    [InlineData(RequestKind.Commit, true)]
    public async Task Run_KilledWhilePublishing_EndsInOneCommitAndNothingIsUploadedTwice(string kind, bool applied)
    {
        await using var hub = await HubRun.StartAsync();
        var killed = Builder(hub, onOver: () =>
        {
            hub.Server.Faults.Add(new Fault { Kind = kind, Status = 403, ApplyFirst = applied, Times = 100 });
        });
        await Assert.ThrowsAsync<HubException>(() => HubSession.RunAsync(hub, hub.Publishing, killed.WorkAsync));
        Assert.Equal(applied ? 1 : 0, hub.Commits().Count);
        hub.Server.Faults.Clear();

        var session = await HubSession.RunAsync(hub, hub.Publishing, work: null);

        var commit = Assert.Single(hub.Commits());
        Assert.Equal([".gitattributes", "README.md", .. Shards, .. Manifests, "report.html"], commit.Files.Keys);
        Assert.EndsWith(commit.Id, Assert.Single(session.Summary!.Commits!), StringComparison.Ordinal);
        Assert.Equal(4, Uploads(hub));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(null)]
    public async Task Run_AnswerToTheCommitIsLost_CommitsOnce(int? status)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = status, ApplyFirst = true });

        var session = await HubSession.RunAsync(hub, hub.Publishing, Builder(hub).WorkAsync);

        Assert.EndsWith(
            Assert.Single(hub.Commits()).Id, Assert.Single(session.Summary!.Commits!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SomeoneElseEditsTheCardMeanwhile_KeepsTheirWordsInOneMoreCommit()
    {
        await using var hub = await HubRun.StartAsync();
        hub.Put("alice/edu", ("README.md", "# Mine\n\nbefore\n"u8.ToArray()));
        var (sent, edited) = (new TaskCompletionSource(), new TaskCompletionSource());
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Until = edited.Task, Reached = sent });
        var running = HubSession.RunAsync(hub, hub.Publishing, Builder(hub).WorkAsync);
        await Task.WhenAny(sent.Task, running);
        hub.Put("alice/edu", ("README.md", "# Mine\n\nbefore\n\nand by someone else\n"u8.ToArray()));
        edited.SetResult();
        await running;

        Assert.Equal(2, hub.Server.Log.Count(RequestKind.Commit));
        Assert.Equal(3, hub.Commits().Count);
        var card = hub.Repository("alice/edu").ReadText(hub.Commits()[0], "README.md")!;
        Assert.Contains("and by someone else\n", card, StringComparison.Ordinal);
        Assert.Contains("num_examples:", card, StringComparison.Ordinal);
        Assert.Equal(4, Uploads(hub));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(4, true)]
    [InlineData(4, false)]
    public async Task Run_StorageHasLostObjects_BuildsThemAgain(int count, bool inputOnHub)
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = inputOnHub ? hub.Publishing : hub.Publishing.With("--input", hub.Sample["in"]);
        var killed = Builder(hub, onOver: () =>
            hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403 }));
        await Assert.ThrowsAsync<HubException>(() => HubSession.RunAsync(hub, arguments, killed.WorkAsync));
        var storage = Path.GetDirectoryName(hub.Repository("alice/edu").LfsFile("x"))!;
        var lost = Directory.GetFiles(storage).Take(count).ToDictionary(path => path, File.ReadAllBytes);
        foreach (var path in lost.Keys)
            File.Delete(path);

        var session = await HubSession.RunAsync(hub, arguments, work: null);

        Assert.Single(hub.Commits());
        Assert.All(lost, pair => Assert.Equal(pair.Value, File.ReadAllBytes(pair.Key)));
        Assert.Equal(4 + count, Uploads(hub));
        Assert.Equal(count, Assert.Single(session.Events.OfType<RunEvent.ShardsLost>()).Shards);
        Assert.Equal(
            Enumerable.Range(1, count), session.Events.OfType<RunEvent.ShardRebuilt>().Select(one => one.Done).Order());
        // Hundreds of inputs would fill the disk: none stays.
        Assert.Empty(Directory.GetFiles(hub.Sample["run", "output"], "*.parquet", SearchOption.AllDirectories));
        Assert.Null(hub.Access.Downloader.Cache.FindSnapshot(HubRepository.Dataset("alice/web"), hub.Commit));
    }

    [Fact]
    public async Task Run_LostObjectIsAnotherWhenBuiltAgain_IsRefusedInOneLine()
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing);
        using (var ledger = SqliteLedger.Open(RunPlaces.LedgerOf(hub.Sample["run"])))
            ledger.Commit([
                new LedgerChange.ShardDropped(1),
                new LedgerChange.ShardPrepared(ledger.ReadFile(1).Shard! with { Sha256 = new string('a', 64) }),
                new LedgerChange.ShardDone(1)]);

        var refusal = await Assert.ThrowsAsync<UserErrorException>(
            () => ScoredRun.PublishAsync(hub, hub.Publishing));

        Assert.Contains("written again it is another", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(hub.Commits());
    }

    [Fact]
    public async Task Run_ShardsOfAnEarlierRun_AreRefusedOrDeletedInTheSameCommit()
    {
        await using var hub = await HubRun.StartAsync();
        const string Earlier = "data/train-00000-of-00001.parquet";
        hub.Put(
            "alice/edu", (Earlier, [1, 2]), ($"manifests/{Earlier}.json", [4]), ("other/x.parquet", [3]), ("README.md", "# Mine\n\nkept\n"u8.ToArray()));

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => hub.Sample.PrepareAsync(hub.Publishing));
        await HubSession.RunAsync(hub, hub.Publishing.With("--overwrite", "true"), Builder(hub).WorkAsync);

        Assert.Contains($"{Earlier} is there already", refusal.Message, StringComparison.Ordinal);
        var commit = hub.Commits()[0];
        Assert.Equal(2, hub.Commits().Count);
        Assert.Equal(
            [".gitattributes", "README.md", .. Shards, .. Manifests, "other/x.parquet", "report.html"], commit.Files.Keys);
        Assert.Contains("kept\n", hub.Repository("alice/edu").ReadText(commit, "README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AFileHasFailed_PublishesOnlyWithAllowMissingAndCountsWhatThereIs()
    {
        await using var hub = await HubRun.StartAsync();
        hub.Put("alice/web", ("data/000_00001.parquet", [.. new byte[100]]));

        var withheld = await HubSession.RunAsync(hub, hub.Publishing, Builder(hub).WorkAsync);
        Assert.Empty(hub.Commits());
        var published = await HubSession.RunAsync(hub, hub.Publishing.With("--allow-missing", "true"), work: null);

        Assert.Contains("--allow-missing", withheld.Summary!.NotPublished, StringComparison.Ordinal);
        Assert.Null(published.Summary!.NotPublished);
        Assert.Equal(
            ["data/train-00000-of-00003.parquet", "data/train-00001-of-00003.parquet",
                "data/train-00002-of-00003.parquet"],
            Assert.Single(hub.Commits()).Files.Keys.Where(name => name.StartsWith("data/", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_CreatePr_OpensOneWhateverBecomesOfTheAnswer(bool killed)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Repository("alice/edu");
        var arguments = hub.Publishing.With("--create-pr", "true", "--commit-message", "Please take these");
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = killed ? 403 : 500, ApplyFirst = true });
        if (killed)
            await Assert.ThrowsAsync<HubException>(() => HubSession.RunAsync(hub, arguments, Builder(hub).WorkAsync));

        await HubSession.RunAsync(hub, arguments, killed ? null : Builder(hub).WorkAsync);

        Assert.Empty(hub.Commits());
        var commit = Assert.Single(hub.Commits("refs/pr/1"));
        Assert.Equal("Please take these", commit.Title);
        Assert.Null(hub.Repository("alice/edu").Find("refs/pr/2"));
    }

    [Fact]
    public async Task Run_RevisionAndPrivate_CommitsToANewBranchOfAPrivateDataset()
    {
        await using var hub = await HubRun.StartAsync();

        await HubSession.RunAsync(
            hub, hub.Publishing.With("--revision", "v2", "--private", "true"), Builder(hub).WorkAsync);

        Assert.True(hub.Repository("alice/edu").State.Private);
        Assert.Empty(hub.Commits());
        Assert.Single(hub.Commits("v2"));
    }

    [Fact]
    public async Task Publish_MirrorLayout_KeepsTheInputsPathsAndNamesTheirFolderOnTheCard()
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = hub.Publishing.With("--layout", "mirror");
        await ScoredRun.CompleteAsync(hub, arguments);

        await ScoredRun.PublishAsync(hub, arguments);

        var commit = Assert.Single(hub.Commits());
        Assert.Equal(
            [".gitattributes", "README.md", .. Enumerable.Range(0, 4).Select(index => $"data/000_0000{index}.parquet"),
                .. Enumerable.Range(0, 4).Select(index => $"manifests/data/000_0000{index}.parquet.json")],
            commit.Files.Keys);
        Assert.Contains(
            "path: data/*.parquet\n", hub.Repository("alice/edu").ReadText(commit, "README.md"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./out", "--private: only for an --output on the Hub")]
    [InlineData("hf://alice/edu", "--output hf://alice/edu: give a dataset")]
    [InlineData("hf://datasets/alice/edu/data", "give a dataset")]
    [InlineData("hf://datasets/alice", "owner/name is missing")]
    public void Parse_OutputAndPrivate_NamesWhatIsWrong(string output, string reason)
    {
        var refusal = Assert.Throws<UserErrorException>(
            () => new CommandLine("--output", output, "--private", "true").Parse());

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static HubBuilder Builder(HubRun hub, bool workerUploads = true, Action? onOver = null)
    {
        var built = 0;
        return new HubBuilder(hub)
        {
            HandOver = async (worker, lease, description) =>
            {
                await (workerUploads
                    ? HubBuilder.UploadAsync(worker, lease, description)
                    : HubBuilder.InPlaceAsync(worker, lease, description));
                if (++built == 4)
                    onOver?.Invoke();
            },
        };
    }

    /// <summary>Objects that have arrived whole, in one piece or in parts.</summary>
    private static int Uploads(HubRun hub) =>
        hub.Server.Log.Count(RequestKind.ObjectPut) + hub.Server.Log.Count(RequestKind.Complete);
}
