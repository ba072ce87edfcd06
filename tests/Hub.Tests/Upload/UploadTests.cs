using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class UploadTests
{
    private static readonly byte[] Small = ServerFiles.Bytes(5000, 2);
    private static readonly byte[] Large = ServerFiles.Bytes(70_001, 3);

    [Fact]
    public async Task Upload_FilesOfEveryKind_TravelAsTheHubSays()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put((".gitignore", "*.tmp\n"u8.ToArray()), ("same.parquet", Small), ("same.txt", [7]));
        var operations = await UploadAsync(
            hub, ("README.md", "# hi\n"u8.ToArray()), ("empty.parquet", []), ("left.tmp", [1]), ("same.parquet", Small),
            ("same.txt", [7]), ("data/a.parquet", Small[1..]), ("data/b.parquet", Large));
        Assert.Equal(
            ["README.md AddFile", "empty.parquet AddFile", "data/a.parquet AddLfsFile", "data/b.parquet AddLfsFile"],
            operations.Select(operation => $"{operation.Path} {operation.GetType().Name}"));
        await CommitAsync(hub, operations);
        Assert.Equal(Large, await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "data/b.parquet"));
        Assert.Equal((1, 18, 1), (Puts(hub), hub.Log.Count(RequestKind.PartPut), hub.Log.Count(RequestKind.Complete)));
        Assert.Equal(2, hub.Log.Count(RequestKind.LfsVerify));
    }

    [Fact]
    public async Task Upload_NothingChanged_HasNothingToCommit()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("a.parquet", Small), ("b.txt", [1]));
        Assert.Empty(await UploadAsync(hub, ("a.parquet", Small), ("b.txt", [1])));
    }

    [Fact]
    public async Task Upload_TwoPathsWithOneContent_SendItOnceAndCommitBoth()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var operations = await UploadAsync(hub, ("a.parquet", Small), ("b.parquet", Small));
        Assert.Equal((1, 2), (Puts(hub), operations.Count));
        Assert.Equal(5000, hub.Log.Of(RequestKind.ObjectPut)[0].ContentLength);
        await CommitAsync(hub, operations);
        Assert.Equal(
            2, (await hub.Client.GetPathsAsync(EmulatedHub.Repository, "main", ["a.parquet", "b.parquet"])).Count);
    }

    [Fact]
    public async Task Upload_StoredButNotCommitted_IsNotSentAgain()
    {
        await using var hub = await EmulatedHub.StartAsync();
        await UploadAsync(hub, ("a.parquet", Small));
        Assert.Single(await UploadAsync(hub, ("a.parquet", Small)));
        Assert.Equal(1, Puts(hub));
    }

    [Fact]
    public async Task Upload_StorageBusyOnce_SendsThePartFromItsStart()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.PartPut, Status = 500, ApplyFirst = true });
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.PartPut, Reset = true });
        await CommitAsync(hub, await UploadAsync(hub, ("b.parquet", Large)));
        Assert.Equal(20, hub.Log.Count(RequestKind.PartPut));
        Assert.Equal(Large, await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "b.parquet"));
    }

    [Fact]
    public async Task Upload_AddressExpired_AsksTheBatchAgain()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectPut, Status = 403 });
        await UploadAsync(hub, ("a.parquet", Small));
        Assert.Equal((2, 2), (Puts(hub), hub.Log.Count(RequestKind.LfsBatch)));
        Assert.Empty(hub.Time.Delays);
    }

    [Fact]
    public async Task Upload_PartAddressExpired_SendsOnlyTheMissingParts()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.PartPut, Status = 403, PathContains = "/00018" });
        await CommitAsync(hub, await UploadAsync(hub, ("b.parquet", Large)));
        // Up to four parts were under way when the refusal stopped them.
        Assert.InRange(hub.Log.Count(RequestKind.PartPut), 19, 23);
        Assert.Equal(2, hub.Log.Count(RequestKind.LfsBatch));
    }

    [Fact]
    public async Task Upload_CompletionLost_IsFoundToBeDone()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Complete, ApplyFirst = true, Status = 500 });
        await CommitAsync(hub, await UploadAsync(hub, ("b.parquet", Large)));
        Assert.Equal(18, hub.Log.Count(RequestKind.PartPut));
    }

    [Fact]
    public async Task Upload_VerificationFails_IsAnErrorAndNothingIsCommitted()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.LfsVerify, Status = 404 });
        var error = await Assert.ThrowsAsync<HubException>(() => UploadAsync(hub, ("a.parquet", Small)));
        Assert.Contains("verify", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, hub.Log.Count(RequestKind.Commit));
    }

    /// <summary>What goes into a pull request is in no branch yet.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_IsAskedForUnderTheBranchThatItIsFor(bool createPullRequest)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var file = await UploadFile.ReadAsync(hub.WriteFile("a.parquet", Small), "a.parquet");

        var operations = await new HubUploader(hub.Client, new ObjectUploader(hub.Client.Transport))
            .UploadAsync(EmulatedHub.Repository, "main", [file], createPullRequest);

        Assert.Single(operations);
        Assert.Equal(createPullRequest ? null : "main", Assert.Single(hub.Log.Of(RequestKind.LfsBatch)).Branch);
        Assert.Contains(
            createPullRequest ? "create_pr" : "", hub.Log.Of(RequestKind.Preupload).Single().Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_OfManyFiles_HasSoManyUnderWay()
    {
        await using var hub = await EmulatedHub.StartAsync();
        // More than this machine may have cores, so that it is not by them that they are counted.
        const int atATime = 6;
        var all = new TaskCompletionSource();
        var held = Enumerable.Range(0, atATime).Select(_ => new TaskCompletionSource()).ToList();
        foreach (var one in held)
            hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectPut, Until = all.Task, Reached = one });
        var files = new List<UploadFile>();
        for (var i = 0; i < atATime + 2; i++)
            files.Add(await UploadFile.ReadAsync(hub.WriteFile($"{i}", ServerFiles.Bytes(100, i)), $"{i}.parquet"));

        var uploading = new HubUploader(hub.Client, new ObjectUploader(hub.Client.Transport), atATime)
            .UploadAsync(EmulatedHub.Repository, "main", files);
        foreach (var one in held)
            await one.Task.WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(atATime, hub.Log.Count(RequestKind.LfsBatch));
        all.SetResult();
        Assert.Equal(atATime + 2, (await uploading).Count);
    }

    /// <summary>Ten mebibytes fit into a commit, and no byte more.</summary>
    [Theory]
    [InlineData(10 << 20, true)]
    [InlineData((10 << 20) + 1, false)]
    public async Task Upload_OfALargePlainFile_IsRefusedBeforeTheCommit(int size, bool fits)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.Preupload,
            Status = 200,
            Body = """{"files":[{"path":"a.csv","uploadMode":"regular","shouldIgnore":false}]}""",
        });

        var upload = () => UploadAsync(hub, ("a.csv", new byte[size]));

        if (fits)
        {
            Assert.Equal(size, Assert.IsType<CommitOperation.AddFile>(Assert.Single(await upload())).Content.Length);
            return;
        }

        var error = await Assert.ThrowsAsync<HubException>(upload);
        Assert.Equal(HubErrorKind.TooLarge, error.Kind);
        Assert.Equal("a.csv: the Hub wants it inside the commit, which takes files up to 10 MiB", error.Message);
    }

    [Fact]
    public async Task Send_OfWhatIsStored_AsksAndDoesNothing()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("a.parquet", Small));

        await new HubUploader(hub.Client, new ObjectUploader(hub.Client.Transport)).SendAsync(
            EmulatedHub.Repository, "main", "not there", new LfsObject(ServerFiles.Sha256(Small), Small.Length));

        Assert.Equal(
            (1, 0, 0),
            (hub.Log.Count(RequestKind.LfsBatch), Puts(hub), hub.Log.Count(RequestKind.LfsVerify)));
    }

    [Theory]
    [InlineData(
        """
        "actions":{"upload":{"href":"http://h/c?uploadId=1","header":{"chunk_size":"40000","00001":"http://h/1"}}}
        """, "1 parts of 40000 bytes")]
    [InlineData(""" "error":{"code":422,"message":"bad object"} """, "422, bad object")]
    [InlineData(null, "leaves out object")]
    public async Task GetUploadActions_BadAnswer_SaysWhatIsWrong(string? row, string said)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var oid = ServerFiles.Sha256(Large);
        hub.Server.Faults.Add(new Fault
        {
            Kind = RequestKind.LfsBatch,
            Status = 200,
            Body = row is null
                ? """{"objects":[]}""" : $$$"""{"objects":[{"oid":"{{{oid}}}","size":70001,{{{row}}}}]}""",
        });
        var error = await Assert.ThrowsAsync<HubException>(
            () => hub.Client.GetUploadActionsAsync(EmulatedHub.Repository, "main", [new LfsObject(oid, Large.Length)]));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UploadWithActions_OnAWorker_SendsNoTokenAndContinuesFromKeptState()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var path = hub.WriteFile("b.parquet", Large);
        var blob = new LfsObject(ServerFiles.Sha256(Large), Large.Length);
        async Task<UploadActions> AskAsync(CancellationToken token) =>
            (await hub.Client.GetUploadActionsAsync(EmulatedHub.Repository, "main", [blob], token))[0];
        var worker = new ObjectUploader(hub.NewTransport());
        var state = new MultipartState();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Complete, Status = 400 });
        await Assert.ThrowsAsync<HubException>(
            async () => await worker.UploadAsync(path, await AskAsync(default), null, state));
        Assert.Equal(18, state.Etags.Count);
        var again = System.Text.Json.JsonSerializer.Deserialize<MultipartState>(
            System.Text.Json.JsonSerializer.Serialize(state))!;
        await hub.Client.VerifyAsync(
            EmulatedHub.Repository,
            await new ObjectUploader(hub.NewTransport()).UploadAsync(path, await AskAsync(default), AskAsync, again));
        Assert.Equal(18, hub.Log.Count(RequestKind.PartPut));
        Assert.Equal(Large.Length, worker.BytesSent);
        Assert.All(hub.Log.Of(RequestKind.Complete), entry => Assert.False(entry.HasAuthorization));
    }

    [Fact]
    public async Task UploadWithActions_FileOfAnotherSize_IsRefused()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var path = hub.WriteFile("a.parquet", Small);
        var actions = new UploadActions(new LfsObject(ServerFiles.Sha256(Small), 4999), "http://h/x", null, [], null);
        var error = await Assert.ThrowsAsync<HubException>(
            () => new ObjectUploader(hub.NewTransport()).UploadAsync(path, actions));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Preupload_MoreThanOneCallTakes_IsAskedInParts()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var files = Enumerable.Range(0, 300).Select(i => new UploadFile($"{i:000}.parquet", 10, "", [])).ToList();
        var said = await hub.Client.PreuploadAsync(EmulatedHub.Repository, "main", files);
        Assert.Equal((300, 2), (said.Files.Count, hub.Log.Count(RequestKind.Preupload)));
        Assert.Equal(40, said.HeadCommit!.Length);
    }

    private static int Puts(EmulatedHub hub) => hub.Log.Count(RequestKind.ObjectPut);

    private static async Task<IReadOnlyList<CommitOperation>> UploadAsync(
        EmulatedHub hub, params (string Path, byte[] Content)[] files)
    {
        var described = new List<UploadFile>();
        foreach (var (path, content) in files)
            described.Add(await UploadFile.ReadAsync(hub.WriteFile("out/" + path, content), path));
        return await new HubUploader(hub.Client, new ObjectUploader(hub.Client.Transport))
            .UploadAsync(EmulatedHub.Repository, "main", described);
    }

    private static Task<CommitResult> CommitAsync(EmulatedHub hub, IReadOnlyList<CommitOperation> operations) =>
        hub.Client.CommitAsync(new CommitRequest
        {
            Repository = EmulatedHub.Repository,
            Summary = "Upload",
            Operations = operations,
        });
}
