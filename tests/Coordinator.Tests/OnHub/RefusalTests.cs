using FineWebTorch.Common;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>What keeps a run's shards from being published, in a line that says what to do.</summary>
public sealed class RefusalTests
{
    private const string Shard = "data/train-00000-of-00004.parquet";

    [Fact]
    public async Task Step_ThePullRequestOfRevisionIsMerged_IsRefused()
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = hub.Publishing.With("--revision", "refs/pr/1");
        var repository = hub.Repository("alice/edu");
        repository.Open("Wanted", "refs/heads/main", repository.Require("main").Id, Discussion.Open);
        await SteppedRun.ScoreAsync(hub, arguments, [0]);
        repository.State.Discussions[0].Status = Discussion.Merged;

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => SteppedRun.StepAsync(hub, arguments));

        Assert.Equal("--revision refs/pr/1: pull request 1 is merged; give another --revision", refusal.Message);
        Assert.Empty(hub.Commits("refs/pr/1"));
    }

    /// <summary>A card that both sides have changed is no hindrance, another file is.</summary>
    [Fact]
    public async Task Merge_TheBranchHasChangedAFileOfOurs_IsRefusedUntilItIsAsItWas()
    {
        await using var hub = await HubRun.StartAsync();
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1, 2, 3]);
        await SteppedRun.StepAsync(hub, hub.Publishing);
        hub.Put("alice/edu", ($"manifests/{Shard}.json", "theirs"u8.ToArray()), ("README.md", "# Mine\n"u8.ToArray()));

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => ScoredRun.PublishAsync(hub, hub.Publishing));

        Assert.Equal(
            $"all 4 shards are in pull request 1, {hub.Server.Url}datasets/alice/edu/discussions/1, which cannot be " +
            "merged: main has changed the same files since; make them as they were there, or give --publish end, " +
            "which commits to it directly", refusal.Message);
        Assert.Single(hub.Commits());
        await ScoredRun.PublishAsync(hub, hub.Publishing.With("--publish", "end"));
        Assert.Equal(10, hub.Commits()[0].Files.Count);
    }

    [Theory]
    [InlineData(1, "data/train-00000-of-00001.parquet is there already and not of this run; --overwrite")]
    [InlineData(2, "data/train-00000-of-00002.parquet and 1 more shard are there already and not of this run; --over")]
    [InlineData(3, "data/train-00000-of-00003.parquet and 2 more shards are there already and not of this run; --ove")]
    public async Task Publish_ShardsOfAnotherRun_AreNamedAndCounted(int count, string expected)
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing);
        hub.Put("alice/edu", [.. Enumerable.Range(0, count).Select(
            index => ($"data/train-0000{index}-of-0000{count}.parquet", (byte[])[1, 2, 3]))]);

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => ScoredRun.PublishAsync(hub, hub.Publishing));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Single(hub.Commits());
    }

    [Fact]
    public async Task Publish_NoShard_IsWithheldAlsoWhereFilesMayBeMissing()
    {
        await using var hub = await HubRun.StartAsync();

        var outcome = await ScoredRun.PublishAsync(hub, hub.Publishing.With("--allow-missing", "true"));

        Assert.Equal("there is no shard", outcome.Withheld);
        Assert.Empty(outcome.Commits);
        Assert.Empty(hub.Commits());
    }

    [Theory]
    [InlineData(1, "1 of 4 files has failed; --allow-missing publishes the others")]
    [InlineData(2, "2 of 4 files have failed; --allow-missing publishes the others")]
    public async Task Publish_FilesHaveFailed_IsWithheldWithTheirNumber(int failed, string expected)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Put("alice/web", [.. Enumerable.Range(0, failed).Select(
            index => ($"data/000_0000{index}.parquet", new byte[100]))]);
        await ScoredRun.CompleteAsync(hub, hub.Publishing);

        var outcome = await ScoredRun.PublishAsync(hub, hub.Publishing);

        Assert.Equal(expected, outcome.Withheld);
        Assert.Empty(hub.Commits());
    }
}
