using System.Text;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class CommitTests
{
    private static readonly CommitOperation Note = new CommitOperation.AddFile("note.txt", "hello\n"u8.ToArray());

    [Theory]
    [InlineData(409,
        """{"error":"Another commit operation is in progress for this repository. Please try again later."}""")]
    [InlineData(412, """{"error":"A commit has happened since. Please refresh and try again."}""")]
    [InlineData(412, """{"error":"The branch was updated since you opened this page."}""")]
    [InlineData(503, "<html>")]
    [InlineData(429, "{}")]
    public async Task Commit_RefusedTwiceForNow_WaitsAndLands(int status, string body)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = status, Body = body, Times = 2 });
        var result = await CommitAsync(hub, Note);
        Assert.False(result.WasThere);
        Assert.Equal(2, hub.Time.Delays.Count);
        Assert.Equal(["Upload", "initial commit"], await TitlesAsync(hub));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(504)]
    [InlineData(null)]
    public async Task Commit_AppliedButTheAnswerIsLost_IsFoundAndNotRepeated(int? status)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = status, ApplyFirst = true });
        var result = await CommitAsync(hub, Note);
        Assert.True(result.WasThere);
        Assert.Equal((await hub.Client.GetInfoAsync(EmulatedHub.Repository)).Commit, result.Id);
        Assert.Equal(["Upload", "initial commit"], await TitlesAsync(hub));
        Assert.Equal(1, hub.Log.Count(RequestKind.Commit));
    }

    [Fact]
    public async Task Commit_AppliedButLostAndSomeoneElseCommittedSince_NamesOurs()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var ours = await CommitAsync(hub, Note);
        hub.Put(("other.txt", [1]));
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 500 });
        Assert.Equal(ours.Id, (await CommitAsync(hub, Note)).Id);
    }

    [Fact]
    public async Task Commit_StalesParent_IsTheCallersToDecide()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var parent = (await hub.Client.GetInfoAsync(EmulatedHub.Repository)).Commit;
        hub.Put(("other.txt", [1]));
        var request = Request(Note) with { ParentCommit = parent };
        var error = await Assert.ThrowsAsync<HubException>(() => hub.Client.CommitAsync(request));
        Assert.Equal(HubErrorKind.PreconditionFailed, error.Kind);
    }

    [Fact]
    public async Task Commit_UnknownObject_FailsAndTheMissingOneIsNamed()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var lost = new LfsObject(ServerFiles.Sha256([1]), 1);
        var error = await Assert.ThrowsAsync<HubException>(
            () => CommitAsync(hub, new CommitOperation.AddLfsFile("x.parquet", lost.Oid, lost.Size)));
        Assert.Equal((HubErrorKind.BadRequest, 1), (error.Kind, hub.Log.Count(RequestKind.Commit)));
        Assert.Equal([lost], await hub.Client.FindMissingAsync(EmulatedHub.Repository, "main", [lost]));
    }

    [Fact]
    public async Task Commit_Deletions_ComeBeforeAdditionsAndAreFoundAgain()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("data/old-1.parquet", [1]), ("data/old-2.parquet", [2]), ("gone.txt", [3]));
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 500, ApplyFirst = true });
        var result = await CommitAsync(
            hub, new CommitOperation.AddFile("data/new.txt", [4]), new CommitOperation.DeleteFolder("data"),
            new CommitOperation.DeleteFile("gone.txt"));
        Assert.True(result.WasThere);
        var left = await hub.Client.ListAsync(EmulatedHub.Repository, "main").Where(row => !row.IsFolder).ToListAsync();
        Assert.Equal([".gitattributes", "data/new.txt"], left.Select(row => row.Path));
    }

    [Fact]
    public async Task Commit_PullRequest_LeavesMainAloneAndTakesMoreCommits()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var first = await hub.Client.CommitAsync(Request(Note) with { CreatePullRequest = true });
        Assert.Equal("refs/pr/1", first.PullRequestRevision);
        await hub.Client.CommitAsync(
            Request(new CommitOperation.AddFile("two.txt", [2])) with { Revision = "refs/pr/1" });
        Assert.NotNull(await hub.Client.ReadFileAsync(EmulatedHub.Repository, "refs/pr/1", "note.txt"));
        Assert.Equal(3, await hub.Client.ListAsync(EmulatedHub.Repository, "refs/pr/1").CountAsync());
        Assert.Null(await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "note.txt"));
    }

    [Fact]
    public async Task Commit_PullRequestWithLostAnswer_IsNotRepeated()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 500, ApplyFirst = true });
        await Assert.ThrowsAsync<HubException>(
            () => hub.Client.CommitAsync(Request(Note) with { CreatePullRequest = true }));
        Assert.Equal(1, hub.Log.Count(RequestKind.Commit));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public async Task Commit_AsOtherClientsWriteIt_IsTakenByTheEmulator(string end)
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("a.parquet", [1, 2, 3]));
        var lines = """
            {"key":"header","value":{"summary":"By hand"}}
            {"key":"file","value":{"path":"plain.txt","content":"as is","encoding":"utf-8"}}
            {"key":"lfsFile","value":{"path":"b.parquet","algo":"sha256","oid":"OID"}}
            """.Replace("OID", ServerFiles.Sha256([1, 2, 3]), StringComparison.Ordinal) + end;
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", EmulatedHub.Token);
        using var body = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        using var answer = await http.PostAsync($"{hub.Server.Url}api/datasets/alice/scores/commit/main", body);
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal([1, 2, 3], await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "b.parquet"));
    }

    [Fact]
    public async Task Edit_CardChangedMeanwhile_IsMergedAndNothingIsLost()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("README.md", "first\n"u8.ToArray()));
        var calls = 0;
        var result = await new HubPublisher(hub.Client).EditAsync(EmulatedHub.Repository, "main", "README.md", text =>
        {
            if (calls++ == 0)
                hub.Put(("README.md", "first\nby someone else\n"u8.ToArray()));
            return text + "ours\n";
        }, "Edit");
        Assert.NotNull(result);
        Assert.Equal(
            "first\nby someone else\nours\n",
            Encoding.UTF8.GetString((await hub.Client.ReadFileAsync(EmulatedHub.Repository, "main", "README.md"))!));
    }

    [Fact]
    public async Task Edit_NothingToChange_MakesNoCommit()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("README.md", "first\n"u8.ToArray()));
        Assert.Null(await new HubPublisher(hub.Client).EditAsync(
            EmulatedHub.Repository, "main", "README.md", text => text!, "Edit"));
        Assert.Equal(0, hub.Log.Count(RequestKind.Commit));
    }

    private static CommitRequest Request(params CommitOperation[] operations) => new()
    {
        Repository = EmulatedHub.Repository,
        Summary = "Upload",
        Operations = operations,
    };

    private static Task<CommitResult> CommitAsync(EmulatedHub hub, params CommitOperation[] operations) =>
        hub.Client.CommitAsync(Request(operations));

    private static async Task<IEnumerable<string>> TitlesAsync(EmulatedHub hub) =>
        (await hub.Client.GetCommitsAsync(EmulatedHub.Repository, "main")).Select(commit => commit.Title);
}
