using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>Shards that are committed before a run's end, to a pull request that is merged then.</summary>
public sealed class StepTests
{
    private static readonly string[] Shards =
        [.. Enumerable.Range(0, 4).Select(index => $"data/train-0000{index}-of-00004.parquet")];

    private static readonly string[] Whole =
        [".gitattributes", "README.md", .. Shards, .. Shards.Select(shard => $"manifests/{shard}.json")];

    [Fact]
    public async Task Run_CommitsInSteps_ShowsNothingBeforeTheMergeAndMakesNoShardTwice()
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1]);
        var first = await SteppedRun.StepAsync(hub, hub.Publishing);
        Assert.Empty(await SteppedRun.StepAsync(hub, hub.Publishing));
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [2]);
        var second = await SteppedRun.StepAsync(hub, hub.Publishing);
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [3]);

        Assert.Equal([new RunEvent.ShardsCommitted(2, 2, 4, "refs/pr/1")], first);
        Assert.Equal([new RunEvent.ShardsCommitted(1, 3, 4, "refs/pr/1")], second);
        Assert.Empty(hub.Commits());
        Assert.Equal(Shards[..3], Data(hub.Commits("refs/pr/1")[0]));
        Assert.DoesNotContain("README.md", hub.Commits("refs/pr/1")[0].Files.Keys);
        var outcome = await ScoredRun.PublishAsync(hub, hub.Publishing);

        AssertMerged(hub);
        Assert.EndsWith(hub.Commits()[0].Id, Assert.Single(outcome.Commits), StringComparison.Ordinal);
        Assert.Equal(outcome.Commits, (await ScoredRun.PublishAsync(hub, hub.Publishing)).Commits);
        AssertMerged(hub);
    }

    [Theory]
    [InlineData("auto", false)]
    [InlineData("end", false)]
    [InlineData("steps", true)]
    public async Task Run_EndsBeforeAStepIsDue_OpensAPullRequestOnlyIfAskedTo(string mode, bool opened)
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = hub.Publishing.With("--publish", mode);
        await SteppedRun.ScoreAsync(hub, arguments, [0, 1, 2, 3], TimeProvider.System.GetUtcNow());
        Assert.Empty(await SteppedRun.StepAsync(hub, arguments));

        await ScoredRun.PublishAsync(hub, arguments);

        Assert.Equal(Whole, Assert.Single(hub.Commits()).Files.Keys);
        Assert.Equal(opened ? [Discussion.Merged] : [], hub.Repository("alice/edu").State.Discussions.Select(one => one.Status));
    }

    [Theory]
    [InlineData(2.9, false)]
    [InlineData(3.1, true)]
    public async Task Step_IsDue_OnceTheOldestShardHasWaitedThreeHours(double hours, bool due)
    {
        await using var hub = await HubRun.StartAsync();
        var time = new FakeTime();
        time.Advance(TimeSpan.FromDays(1));
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0], time.GetUtcNow());
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [1], time.GetUtcNow() + TimeSpan.FromHours(hours));
        time.Advance(TimeSpan.FromHours(hours));

        await SteppedRun.StepAsync(hub, hub.Publishing, time);

        Assert.Equal(due ? 1 : 0, hub.Repository("alice/edu").State.Discussions.Count);
        if (due)
            Assert.Equal(Shards[..2], Data(hub.Commits("refs/pr/1")[0]));
    }

    /// <summary>403 ends a coordinator, as a kill does, before or after the request has had its effect.</summary>
    [Theory]
    [InlineData(RequestKind.Commit, 0, false)]
    [InlineData(RequestKind.Commit, 0, true)]
    [InlineData(RequestKind.Commit, 1, false)]
    [InlineData(RequestKind.Commit, 1, true)]
    [InlineData(RequestKind.Commit, 2, false)]
    [InlineData(RequestKind.Commit, 2, true)]
    [InlineData(RequestKind.Discussions, 0, false)]
    [InlineData(RequestKind.Discussions, 1, false)]
    [InlineData(RequestKind.Discussions, 3, false)]
    [InlineData(RequestKind.PathsInfo, 0, false)]
    [InlineData(RequestKind.PathsInfo, 2, false)]
    [InlineData(RequestKind.Merge, 0, false)]
    [InlineData(RequestKind.Merge, 0, true)]
    public async Task Coordinator_EndsAtARequest_TheNextOneFinishesAndNothingIsThereTwice(
        string kind, int skip, bool applied)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Repository("alice/edu");
        // Of a merge that has been done the refusal is not believed.
        var times = kind == RequestKind.Merge && applied ? 1 : 2;
        hub.Server.Faults.Add(new Fault
        {
            Kind = kind,
            Status = 403,
            Skip = skip,
            ApplyFirst = applied,
            Times = times,
        });

        await LiveAsync(hub, hub.Publishing, attempts: 3);

        Assert.Equal(0, hub.Server.Faults.Count);
        AssertMerged(hub);
    }

    [Theory]
    [InlineData(409, false)]
    [InlineData(412, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(500, true)]
    [InlineData(null, true)]
    public async Task Request_IsAnsweredByAFaultOrNotAtAll_NothingIsThereTwice(int? status, bool applied)
    {
        // A conflict is no answer to a question.
        string[] kinds = status is 409 or 412
            ? [RequestKind.Commit, RequestKind.Merge]
            : [RequestKind.Commit, RequestKind.Merge, RequestKind.Discussions, RequestKind.PathsInfo, RequestKind.LfsBatch];
        await using var hub = await HubRun.StartAsync();
        hub.Repository("alice/edu");
        foreach (var kind in kinds)
        {
            // Every other one of the requests of this kind.
            for (var skip = 0; skip < 3; skip++)
                hub.Server.Faults.Add(new Fault { Kind = kind, Status = status, Skip = 2 * skip, ApplyFirst = applied });
        }

        await LiveAsync(hub, hub.Publishing, attempts: 1);

        AssertMerged(hub);
    }

    [Fact]
    public async Task PullRequest_ClosedBySomeone_IsOneLineAndTheStraightWayStaysOpen()
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1]);
        await SteppedRun.StepAsync(hub, hub.Publishing);
        var discussion = Assert.Single(hub.Repository("alice/edu").State.Discussions);
        discussion.Status = Discussion.Closed;
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [2, 3]);

        var step = await Assert.ThrowsAsync<UserErrorException>(() => SteppedRun.StepAsync(hub, hub.Publishing));
        var end = await Assert.ThrowsAsync<UserErrorException>(() => ScoredRun.PublishAsync(hub, hub.Publishing));
        Assert.Empty(hub.Commits());
        await ScoredRun.PublishAsync(hub, hub.Publishing.With("--publish", "end"));

        Assert.Equal(step.Message, end.Message);
        Assert.Equal(
            $"pull request 1, {hub.Server.Url}datasets/alice/edu/discussions/1, has been closed; open it again there, " +
            "or give --publish end, which commits to main at the run's end", end.Message);
        Assert.Equal(Whole, Assert.Single(hub.Commits()).Files.Keys);
    }

    [Fact]
    public async Task PullRequest_OpenedAgain_GoesOn()
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1]);
        await SteppedRun.StepAsync(hub, hub.Publishing);
        var discussion = Assert.Single(hub.Repository("alice/edu").State.Discussions);
        discussion.Status = Discussion.Closed;
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [2, 3]);
        await Assert.ThrowsAsync<UserErrorException>(() => ScoredRun.PublishAsync(hub, hub.Publishing));
        discussion.Status = Discussion.Open;

        await ScoredRun.PublishAsync(hub, hub.Publishing);

        AssertMerged(hub);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PullRequest_MergedBySomeoneMeanwhile_TheRestFollows(bool anotherStep)
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1]);
        await SteppedRun.StepAsync(hub, hub.Publishing);
        await hub.Access.Client.MergeAsync(HubRepository.Dataset("alice/edu"), 1);
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [2, 3]);
        if (anotherStep)
            Assert.Equal(
                [new RunEvent.ShardsCommitted(2, 4, 4, "refs/pr/2")], await SteppedRun.StepAsync(hub, hub.Publishing));

        await ScoredRun.PublishAsync(hub, hub.Publishing);

        Assert.Equal(2, hub.Commits().Count);
        Assert.Equal(Whole, hub.Commits()[0].Files.Keys);
        Assert.Equal(anotherStep ? 2 : 1, hub.Repository("alice/edu").State.Discussions.Count);
        Assert.DoesNotContain(hub.Server.Log.Entries, entry => entry.IsRepeated);
    }

    [Fact]
    public async Task Merge_SomeoneHasChangedTheCard_KeepsTheirWordsAndAddsOurs()
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1]);
        await SteppedRun.StepAsync(hub, hub.Publishing);
        hub.Put("alice/edu", ("README.md", "# Mine\n\ntheir words\n"u8.ToArray()));
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [2, 3]);

        var outcome = await ScoredRun.PublishAsync(hub, hub.Publishing);

        // Theirs, the merge with all shards, the card.
        Assert.Equal(3, hub.Commits().Count);
        Assert.Equal(Whole, hub.Commits()[1].Files.Keys);
        var card = hub.Repository("alice/edu").ReadText(hub.Commits()[0], "README.md")!;
        Assert.Contains("their words\n", card, StringComparison.Ordinal);
        Assert.Contains("path: data/train-*", card, StringComparison.Ordinal);
        Assert.EndsWith(hub.Commits()[0].Id, outcome.Commits[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merge_TokenMayNot_IsOneLineAndSomeoneElseCan()
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1, 2, 3]);
        await SteppedRun.StepAsync(hub, hub.Publishing);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Merge, Status = 403 });

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => ScoredRun.PublishAsync(hub, hub.Publishing));
        await hub.Access.Client.MergeAsync(HubRepository.Dataset("alice/edu"), 1);
        await ScoredRun.PublishAsync(hub, hub.Publishing);

        Assert.StartsWith(
            $"all 4 shards are in pull request 1, {hub.Server.Url}datasets/alice/edu/discussions/1, which the token may " +
            "not merge: have someone merge it", refusal.Message, StringComparison.Ordinal);
        AssertMerged(hub);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_CreatePr_KeepsStepsInThatPullRequestAndDoesNotMerge(bool mergedBySomeone)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Repository("alice/edu");
        var arguments = hub.Publishing.With("--create-pr", "true");
        await SteppedRun.ScoreAsync(hub, arguments, [0, 1]);
        await SteppedRun.StepAsync(hub, arguments);
        await SteppedRun.ScoreAsync(hub, arguments, [2, 3]);

        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403, ApplyFirst = true });
        await Assert.ThrowsAsync<HubException>(() => ScoredRun.PublishAsync(hub, arguments));
        if (mergedBySomeone)
            await hub.Access.Client.MergeAsync(HubRepository.Dataset("alice/edu"), 1);
        await ScoredRun.PublishAsync(hub, arguments);

        Assert.Equal(mergedBySomeone ? 1 : 0, hub.Commits().Count);
        Assert.Equal(Whole, hub.Commits("refs/pr/1")[0].Files.Keys);
        Assert.Single(hub.Repository("alice/edu").State.Discussions);
    }

    [Fact]
    public async Task Publish_RevisionIsABranch_MergesIntoItAndLeavesMainAlone()
    {
        await using var hub = await HubRun.StartAsync();

        await LiveAsync(hub, hub.Publishing.With("--revision", "v2"), attempts: 1);

        Assert.Empty(hub.Commits());
        Assert.Equal(Whole, Assert.Single(hub.Commits("v2")).Files.Keys);
    }

    [Fact]
    public async Task Publish_RevisionIsAPullRequest_CommitsToItAndDoesNotMerge()
    {
        await using var hub = await HubRun.StartAsync();
        hub.Repository("alice/edu").Open("Wanted", "refs/heads/main", hub.Repository("alice/edu").Require("main").Id, Discussion.Open);

        await LiveAsync(hub, hub.Publishing.With("--revision", "refs/pr/1"), attempts: 1);

        Assert.Empty(hub.Commits());
        Assert.Equal(4, hub.Commits("refs/pr/1").Count);
        Assert.Equal(Whole, hub.Commits("refs/pr/1")[0].Files.Keys);
    }

    [Fact]
    public async Task Publish_AFileHasFailedSinceTheStep_GivesTheOthersTheirNewNames()
    {
        await using var hub = await HubRun.StartAsync();
        hub.Put("alice/web", ("data/000_00003.parquet", [.. new byte[100]]));
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1]);
        await SteppedRun.StepAsync(hub, hub.Publishing);
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [2]);
        var arguments = hub.Publishing.With("--allow-missing", "true");

        Assert.NotNull((await ScoredRun.PublishAsync(hub, hub.Publishing)).Withheld);
        await ScoredRun.PublishAsync(hub, arguments);

        Assert.Equal(
            Enumerable.Range(0, 3).Select(index => $"data/train-0000{index}-of-00003.parquet"),
            Data(Assert.Single(hub.Commits())));
        Assert.Equal(8, hub.Commits()[0].Files.Count);
        Assert.DoesNotContain(hub.Server.Log.Entries, entry => entry.IsRepeated);
    }

    [Fact]
    public async Task Publish_PullRequestsAreNotAllowed_WarnsAndCommitsAtTheEnd()
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1]);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403 });
        await Assert.ThrowsAsync<HubException>(() => SteppedRun.StepAsync(hub, hub.Publishing));
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [2, 3]);

        await ScoredRun.PublishAsync(hub, hub.Publishing);

        Assert.Equal(Whole, Assert.Single(hub.Commits()).Files.Keys);
        Assert.Empty(hub.Repository("alice/edu").State.Discussions);
    }

    /// <summary>A run of three steps, done by as many coordinators as it takes.</summary>
    private static async Task LiveAsync(HubRun hub, CommandLine arguments, int attempts)
    {
        for (var file = 0; file < 4; file++)
        {
            await TryAsync(() => SteppedRun.ScoreAsync(hub, arguments, [file]), attempts);
            if (file < 3)
                await TryAsync(() => SteppedRun.StepAsync(hub, arguments), attempts);
        }

        await TryAsync(() => ScoredRun.PublishAsync(hub, arguments), attempts);
    }

    private static async Task TryAsync(Func<Task> action, int attempts)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await action();
                return;
            }
            catch (Exception exception) when (
                exception is HubException or UserErrorException && attempt < attempts)
            {
                // The next coordinator goes on.
            }
        }
    }

    /// <summary>All in one commit; one pull request; every object has come once.</summary>
    private static void AssertMerged(HubRun hub)
    {
        var commit = Assert.Single(hub.Commits());
        Assert.Equal(Whole, commit.Files.Keys);
        Assert.Equal("Add 4 shards scored by model (#1)", commit.Title);
        Assert.Equal(Discussion.Merged, Assert.Single(hub.Repository("alice/edu").State.Discussions).Status);
        Assert.DoesNotContain(hub.Server.Log.Entries, entry => entry.IsRepeated);
        var files = hub.Commits("refs/pr/1").Select(one => one.Files.Count).ToList();
        Assert.Equal(files.Distinct(), files);
    }

    private static string[] Data(StoredCommit commit) =>
        [.. commit.Files.Keys.Where(name => name.StartsWith("data/", StringComparison.Ordinal))];
}
