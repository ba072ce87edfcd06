using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

public sealed class PullRequestTests
{
    private static HubRepository Repository => EmulatedHub.Repository;

    [Fact]
    public async Task CreatePullRequest_AnswerLost_IsNotRepeated()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Discussions, ApplyFirst = true, Status = 500 });
        await Assert.ThrowsAsync<HubException>(() => hub.Client.CreatePullRequestAsync(Repository, "title", ""));
        Assert.Equal(1, hub.Log.Count(RequestKind.Discussions));
    }

    [Theory]
    [InlineData(409, false)]
    [InlineData(412, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(500, true)]
    [InlineData(null, true)]
    public async Task Commit_PullRequestWithAMark_IsOpenedOnceWhateverBecomesOfTheAnswer(int? status, bool applied)
    {
        await using var hub = await EmulatedHub.StartAsync();
        await ProposeAsync(hub, "someone-elses.txt");
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = status, ApplyFirst = applied });

        var opened = await hub.Client.CommitAsync(Marked);

        var repository = hub.Server.Store.Find("datasets", Repository.Id)!;
        Assert.Equal((2, applied), (opened.PullRequest, opened.WasThere));
        Assert.Equal(2, repository.State.Discussions.Count);
        Assert.Equal(repository.State.Refs["refs/pr/2"], opened.Id);
    }

    [Fact]
    public async Task FindPullRequest_MergedAndInTheHistoryOfALaterOne_IsTheOneThatWasOpenedWithTheMark()
    {
        await using var hub = await EmulatedHub.StartAsync();
        Assert.Null(await hub.Client.FindPullRequestAsync(Repository, Marked.PullRequestMark!));
        var opened = await hub.Client.CommitAsync(Marked);
        // By hand, commit for commit.
        var repository = hub.Server.Store.Find("datasets", Repository.Id)!;
        repository.State.Refs["refs/heads/main"] = opened.Id;
        await ProposeAsync(hub, "later.txt");

        var found = await hub.Client.FindPullRequestAsync(Repository, Marked.PullRequestMark!);

        Assert.Equal((1, opened.Id), (found!.PullRequest, found.Id));
    }

    [Fact]
    public async Task Merge_SeveralCommits_AreOneOnTheBranchWithWhatOthersDid()
    {
        await using var hub = await EmulatedHub.StartAsync();
        hub.Put(("old.txt", [1]));
        var number = await ProposeAsync(hub, "first.txt");
        await CommitAsync(hub, PullRequest.RevisionOf(number), new CommitOperation.DeleteFile("old.txt"));
        hub.Put(("theirs.txt", [2]));

        var merged = await hub.Client.MergeAsync(Repository, number);

        var repository = hub.Server.Store.Find("datasets", Repository.Id)!;
        var commits = repository.History(repository.Require("main")).ToList();
        Assert.Equal((PullRequestStatus.Merged, commits[0].Id), (merged.Status, merged.MergeCommit));
        Assert.Equal([".gitattributes", "first.txt", "theirs.txt"], commits[0].Files.Keys);
        Assert.Equal("Add first.txt (#1)", commits[0].Title);
        Assert.Equal(4, commits.Count);
    }

    [Theory]
    [InlineData(409, false)]
    [InlineData(412, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(500, true)]
    [InlineData(504, true)]
    [InlineData(403, true)]
    [InlineData(null, true)]
    public async Task Merge_AnswerIsAFaultOrLost_MergesOnce(int? status, bool applied)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var number = await ProposeAsync(hub, "first.txt");
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Merge, Status = status, ApplyFirst = applied });

        var merged = await hub.Client.MergeAsync(Repository, number);

        var repository = hub.Server.Store.Find("datasets", Repository.Id)!;
        Assert.Equal(PullRequestStatus.Merged, merged.Status);
        Assert.Equal(2, repository.History(repository.Require("main")).Count());
        Assert.Equal(applied ? 1 : 2, hub.Log.Count(RequestKind.Merge));
    }

    [Fact]
    public async Task Merge_AlreadyDone_AsksAndDoesNothing()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var number = await ProposeAsync(hub, "first.txt");
        var first = await hub.Client.MergeAsync(Repository, number);

        var second = await hub.Client.MergeAsync(Repository, number);

        Assert.Equal(first, second);
        Assert.Equal(1, hub.Log.Count(RequestKind.Merge));
    }

    [Fact]
    public async Task Merge_Draft_IsPublishedFirst()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var number = await hub.Client.CreatePullRequestAsync(Repository, "A draft", "");
        await CommitAsync(hub, PullRequest.RevisionOf(number), new CommitOperation.AddFile("x.txt", [1]));
        Assert.Equal(
            PullRequestStatus.Draft, (await hub.Client.GetPullRequestAsync(Repository, number)).Status);

        Assert.Equal(PullRequestStatus.Merged, (await hub.Client.MergeAsync(Repository, number)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Merge_ClosedOrInConflict_SaysSoAndIsNotTriedAgain(bool closed)
    {
        await using var hub = await EmulatedHub.StartAsync();
        var number = await ProposeAsync(hub, "first.txt");
        var repository = hub.Server.Store.Find("datasets", Repository.Id)!;
        if (closed)
            repository.State.Discussions[0].Status = Discussion.Closed;
        else
            hub.Put(("first.txt", [9]));
        var head = repository.State.Refs["refs/heads/main"];

        var found = await hub.Client.MergeAsync(Repository, number);

        Assert.Equal(
            (closed ? PullRequestStatus.Closed : PullRequestStatus.Open, !closed), (found.Status, found.HasConflicts));
        Assert.Equal(head, repository.State.Refs["refs/heads/main"]);
        Assert.Equal(0, hub.Log.Count(RequestKind.Merge));
    }

    [Fact]
    public async Task Merge_SomeoneClosesItMeanwhile_SaysSo()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var number = await ProposeAsync(hub, "first.txt");
        var (sent, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Merge, Until = closed.Task, Reached = sent });
        var merging = hub.Client.MergeAsync(Repository, number);
        await sent.Task;
        hub.Server.Store.Find("datasets", Repository.Id)!.State.Discussions[0].Status = Discussion.Closed;
        closed.SetResult();

        Assert.Equal(PullRequestStatus.Closed, (await merging).Status);
    }

    [Fact]
    public async Task Merge_TokenMayOnlyPropose_IsForbiddenAtOnce()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var proposer = hub.NewClient(options => options with { Token = HubToken.From(EmulatedHub.ReadToken) });
        var number = await ProposeAsync(hub, "first.txt", proposer);
        await CommitAsync(hub, PullRequest.RevisionOf(number), new CommitOperation.AddFile("x.txt", [1]), proposer);

        var refusal = await Assert.ThrowsAsync<HubException>(() => proposer.MergeAsync(Repository, number));

        Assert.Equal(HubErrorKind.Forbidden, refusal.Kind);
        Assert.Equal(1, hub.Log.Count(RequestKind.Merge));
        Assert.Equal(PullRequestStatus.Open, (await hub.Client.GetPullRequestAsync(Repository, number)).Status);
    }

    [Fact]
    public async Task Merge_PullRequestForABranch_LeavesMainAlone()
    {
        await using var hub = await EmulatedHub.StartAsync();
        await hub.Client.CreateBranchAsync(Repository, "v2");
        var opened = await hub.Client.CommitAsync(Request("first.txt") with { Revision = "v2" });

        await hub.Client.MergeAsync(Repository, opened.PullRequest!.Value);

        var repository = hub.Server.Store.Find("datasets", Repository.Id)!;
        Assert.Contains("first.txt", repository.Require("v2").Files.Keys);
        Assert.DoesNotContain("first.txt", repository.Require("main").Files.Keys);
    }

    [Fact]
    public async Task Merge_OpenedByTheOfficialClient_IsSeenByIt()
    {
        await using var hub = await EmulatedHub.StartAsync();
        var proposed = await NodeHubClient.RunAsync(hub.Server, "propose", Repository.Id, "proposed.txt");

        await hub.Client.MergeAsync(Repository, (int)proposed["number"]!);

        var paths = await NodeHubClient.RunAsync(hub.Server, "list", Repository.Id, "main");
        Assert.Contains("proposed.txt", paths.AsArray().Select(path => (string?)path));
    }

    private static CommitRequest Marked => Request("first.txt") with
    {
        PullRequestMark = "5f1c0a",
        Description = "A run (5f1c0a)",
    };

    private static CommitRequest Request(string path) => new()
    {
        Repository = Repository,
        Summary = $"Add {path}",
        Operations = [new CommitOperation.AddFile(path, [3])],
        CreatePullRequest = true,
    };

    /// <returns>The number of a pull request with one file.</returns>
    private static async Task<int> ProposeAsync(EmulatedHub hub, string path, HubClient? client = null) =>
        (await (client ?? hub.Client).CommitAsync(Request(path))).PullRequest!.Value;

    private static Task<CommitResult> CommitAsync(
        EmulatedHub hub, string revision, CommitOperation operation, HubClient? client = null) =>
        (client ?? hub.Client).CommitAsync(new CommitRequest
        {
            Repository = Repository,
            Revision = revision,
            Summary = "More",
            Operations = [operation],
        });
}
