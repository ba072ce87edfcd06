using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>Many writers, many files, several commits.</summary>
public sealed class PublicationTests
{
    [Fact]
    public async Task Publish_TwentyWritersOneCommitter_MakesOneCommitOfAllShards()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var uploader = new HubUploader(hub.Client, new ObjectUploader(hub.NewTransport()), 2);
        var written = await Task.WhenAll(Enumerable.Range(0, 20).Select(async writer =>
        {
            var files = new List<UploadFile>();
            for (var i = writer; i < 250; i += 20)
            {
                var path = $"data/train-{i:00000}-of-00250.parquet";
                files.Add(await UploadFile.ReadAsync(hub.WriteFile("out/" + path, ServerFiles.Bytes(50, i)), path));
            }
            return await uploader.UploadAsync(EmulatedHub.Repository, "main", files);
        }));
        var plan = CommitPlan.Split(Request(written.SelectMany(one => one)), Card);
        await new HubPublisher(hub.Client).CommitAsync(plan);
        var files = await hub.Client.FindFilesAsync(new HubPath(EmulatedHub.Repository, null, "data/train-*"), "main");
        Assert.Equal(
            Enumerable.Range(0, 250).Select(i => $"data/train-{i:00000}-of-00250.parquet"),
            files.Select(file => file.Path));
        Assert.Equal((250, 1), (hub.Log.Count(RequestKind.ObjectPut), hub.Log.Count(RequestKind.Commit)));
    }

    [Fact]
    public async Task Publish_CrashBetweenUploadAndCommit_GoesOnWithoutSendingAByte()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var blob = new LfsObject(ServerFiles.Sha256([1, 2, 3]), 3);
        var actions = (await hub.Client.GetUploadActionsAsync(EmulatedHub.Repository, "main", [blob]))[0];
        await new ObjectUploader(hub.NewTransport()).UploadAsync(hub.WriteFile("x", [1, 2, 3]), actions);
        hub.Log.Clear();
        // All that a restarted coordinator has is its list of path, digest and size.
        var restarted = hub.NewClient();
        Assert.Empty(await restarted.FindMissingAsync(EmulatedHub.Repository, "main", [blob]));
        await restarted.CommitAsync(Request([new CommitOperation.AddLfsFile("x.parquet", blob.Oid, blob.Size)]));
        Assert.DoesNotContain(hub.Log.Entries, entry => entry.Method == "PUT");
    }

    [Fact]
    public async Task Publish_PartFailsThenRunsAgain_FinishesWithoutDuplicates()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("data/old.txt", [9]));
        var plan = Plan();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 400, Skip = 1 });
        await Assert.ThrowsAsync<HubException>(() => new HubPublisher(hub.Client).CommitAsync(plan));
        Assert.Null(await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "README.md"));
        var results = await new HubPublisher(hub.Client).CommitAsync(plan);
        Assert.Equal([true, false, false], results.Select(result => result.WasThere));
        Assert.All(await new HubPublisher(hub.Client).CommitAsync(plan), result => Assert.True(result.WasThere));
        Assert.Equal(
            ["Scores (part 00003 of 00003)", "Scores (part 00002 of 00003)", "Scores (part 00001 of 00003)",
                "prepared", "initial commit"],
            (await hub.Client.GetCommitsAsync(EmulatedHub.Repository, "main")).Select(commit => commit.Title));
        Assert.Null(await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "data/old.txt"));
    }

    [Fact]
    public async Task Publish_SomeoneCommitsBetweenParts_StopsWhereTheFirstPartNamedAParent()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var publisher = new HubPublisher(hub.Client);
        var head = await publisher.GetHeadAsync(EmulatedHub.Repository, "main", "README.md");
        IEnumerable<CommitRequest> Interrupted()
        {
            yield return Plan()[0] with { ParentCommit = head };
            hub.Put(("README.md", [1]));
            yield return Plan()[1];
        }

        var error = await Assert.ThrowsAsync<HubException>(() => publisher.CommitAsync(Interrupted()));

        Assert.Equal(HubErrorKind.PreconditionFailed, error.Kind);
        Assert.Equal([1], await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "README.md"));
    }

    /// <summary>Only where the first one was made upon something that had been read.</summary>
    [Fact]
    public async Task Publish_SomeoneCommitsBetweenPartsThatNameNoParent_GoesOnUponTheirs()
    {
        await using var hub = await EmulatedHub.StartAsync();
        IEnumerable<CommitRequest> Interrupted()
        {
            yield return Plan()[0];
            hub.Put(("theirs.txt", [1]));
            yield return Plan()[1];
        }

        var results = await new HubPublisher(hub.Client).CommitAsync(Interrupted());

        Assert.Equal(2, results.Count);
        Assert.Equal([1], await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "theirs.txt"));
        Assert.Equal([3], await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "data/3.txt"));
    }

    [Fact]
    public async Task Publish_RefusedThoughStorageHasAll_IsNotTriedAgain()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("kept.parquet", [1]));
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 400 });
        var calls = 0;

        var error = await Assert.ThrowsAsync<HubException>(() => new HubPublisher(hub.Client).CommitAsync(
            [Request([Lfs("a.parquet", 1), Add(1)])], (_, _) => Task.FromResult(calls++)));

        Assert.Equal(HubErrorKind.BadRequest, error.Kind);
        Assert.Equal((0, 1), (calls, hub.Log.Count(RequestKind.Commit)));
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(403, true)]
    public async Task Publish_RefusedWhereNobodyRebuildsOrForAnotherReason_IsTheEnd(int status, bool rebuilds)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = status });

        await Assert.ThrowsAsync<HubException>(() => new HubPublisher(hub.Client).CommitAsync(
            [Request([Lfs("a.parquet", 1)])], rebuilds ? (_, _) => Task.CompletedTask : null));

        Assert.Equal((0, 1), (hub.Log.Count(RequestKind.LfsBatch), hub.Log.Count(RequestKind.Commit)));
    }

    /// <summary>What is asked for again is asked of the branch; a pull request has none yet.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_StorageLostAnObject_IsAskedForUnderTheBranch(bool createPullRequest)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var request = Request([Lfs("a.parquet", 1)]) with { CreatePullRequest = createPullRequest };

        await new HubPublisher(hub.Client).CommitAsync(
            [request], (_, _) => Task.FromResult(hub.Put(("elsewhere.parquet", [1]))));

        Assert.Equal(createPullRequest ? null : "main", Assert.Single(hub.Log.Of(RequestKind.LfsBatch)).Branch);
        var revision = createPullRequest ? "refs/pr/1" : "main";
        Assert.Equal([1], await hub.Client.ReadFileAsync(EmulatedHub.Repository, revision, "a.parquet"));
    }

    [Fact]
    public async Task Publish_WhatIsInTheBranch_CanStillBeProposed()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var publisher = new HubPublisher(hub.Client);
        await publisher.CommitAsync([Request([Add(1)])]);

        var proposed = Assert.Single(await publisher.CommitAsync([Request([Add(1)]) with { CreatePullRequest = true }]));

        Assert.Equal((false, "refs/pr/1"), (proposed.WasThere, proposed.PullRequestRevision));
    }

    /// <summary>An earlier process has landed a part of it, as others changed the rest.</summary>
    [Fact]
    public async Task Publish_SomeOfItIsThere_BringsTheRest()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("data/1.txt", [1]), ("data/2.txt", [9]));

        var made = Assert.Single(await new HubPublisher(hub.Client).CommitAsync(
            [Request([Add(1), Add(2), new CommitOperation.DeleteFile("gone.txt")])]));

        Assert.False(made.WasThere);
        Assert.Equal([2], await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "data/2.txt"));
    }

    [Fact]
    public async Task Publish_StorageLostAnObject_UploadsItAgainOnce()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("kept.parquet", [1]));
        var lost = new List<LfsObject>();
        var results = await new HubPublisher(hub.Client).CommitAsync(
            [Request([Lfs("a.parquet", 1), Lfs("b.parquet", 2)])],
            async (objects, token) =>
            {
                lost.AddRange(objects);
                var actions = await hub.Client.GetUploadActionsAsync(EmulatedHub.Repository, "main", objects, token);
                await new ObjectUploader(hub.NewTransport())
                    .UploadAsync(hub.WriteFile("b", [2]), actions[0], null, null, token);
            });
        Assert.Equal([new LfsObject(ServerFiles.Sha256([2]), 1)], lost);
        Assert.False(Assert.Single(results).WasThere);
        Assert.Equal([2], await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "b.parquet"));
    }

    [Fact]
    public async Task Publish_OnlyDeletionsAlreadyDone_IsFoundToBeThere()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var results = await new HubPublisher(hub.Client)
            .CommitAsync([Request([new CommitOperation.DeleteFile("gone.txt")])]);
        Assert.True(Assert.Single(results).WasThere);
    }

    [Fact]
    public void Split_MoreThanOneCommitTakes_PutsDeletionsAndCardLast()
    {
        var plan = Plan();
        Assert.Equal([2, 2, 3], plan.Select(part => part.Operations.Count));
        Assert.Equal("data/0.txt data/1.txt", string.Join(' ', plan[0].Operations.Select(one => one.Path)));
        Assert.Equal("data/4.txt data/old.txt README.md", string.Join(' ', plan[2].Operations.Select(one => one.Path)));
    }

    [Fact]
    public void Split_FolderToDeleteInSeveralCommits_IsRefused() =>
        Assert.Throws<ArgumentException>(() => CommitPlan.Split(
            Request([new CommitOperation.DeleteFolder("data"), Add(1), Add(2)]), null, 1));

    [Fact]
    public void Split_DeletedAndAddedAgain_IsNotDeleted()
    {
        var plan = CommitPlan.Split(Request([new CommitOperation.DeleteFile("data/1.txt"), Add(1)]));
        Assert.Equal([Add(1).Path], plan.Single().Operations.Select(one => one.Path));
    }

    [Fact]
    public async Task Publish_AsPullRequest_PutsAllPartsThere()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var plan = CommitPlan.Split(Request([Add(0), Add(1), Add(2)]) with { CreatePullRequest = true }, Card, 1);
        var results = await new HubPublisher(hub.Client).CommitAsync(plan);
        Assert.Equal("refs/pr/1", results[0].PullRequestRevision);
        Assert.NotNull(await hub.Client.ReadFileAsync(EmulatedHub.Repository, "refs/pr/1", "README.md"));
        Assert.Null(await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "data/0.txt"));
    }

    private static CommitOperation Card => new CommitOperation.AddFile("README.md", "# card\n"u8.ToArray());

    private static CommitOperation.AddFile Add(int i) => new($"data/{i}.txt", [(byte)i]);

    private static CommitOperation.AddLfsFile Lfs(string path, byte value) =>
        new(path, ServerFiles.Sha256([value]), 1);

    private static IReadOnlyList<CommitRequest> Plan() => CommitPlan.Split(
        Request([Add(4), Add(3), new CommitOperation.DeleteFile("data/old.txt"), Add(2), Add(1), Add(0)]), Card, 2);

    private static CommitRequest Request(IEnumerable<CommitOperation> operations) => new()
    {
        Repository = EmulatedHub.Repository,
        Summary = "Scores",
        Operations = [.. operations],
    };
}
