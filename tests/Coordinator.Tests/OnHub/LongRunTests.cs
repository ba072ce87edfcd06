using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>Runs that last longer than the Hub's storage keeps what no commit names.</summary>
public sealed class LongRunTests
{
    private const int Files = 4;

    [Theory]
    [InlineData("steps", Files)]
    [InlineData("auto", Files)]
    // Only the last shard is younger than a day when the others are committed.
    [InlineData("end", Files + 3)]
    public async Task Run_OfFourDays_EndsWholeAndMakesNoShardTwiceWhereItCommitsInSteps(string mode, int uploads)
    {
        var time = new ShiftedTime();
        await using var hub = await HubRun.StartAsync(
            options => options with { ObjectLife = TimeSpan.FromHours(24), Time = time });
        var arguments = hub.Publishing.With("--publish", mode);
        for (var file = 0; file < Files; file++)
        {
            await SteppedRun.ScoreAsync(hub, arguments, [file], time.GetUtcNow());
            time.Shift += TimeSpan.FromHours(4);
            if (mode != "end")
                await SteppedRun.StepAsync(hub, arguments, time);
            time.Shift += file < Files - 1 ? TimeSpan.FromHours(20) : TimeSpan.Zero;
        }

        await ScoredRun.PublishAsync(hub, arguments);

        var commit = Assert.Single(hub.Commits());
        Assert.Equal(2 + (2 * Files), commit.Files.Count);
        var repository = hub.Repository("alice/edu");
        Assert.All(
            commit.Files.Values.Where(entry => entry.Sha256 is not null),
            entry => Assert.Equal(entry.Sha256, Sha256.Of(File.ReadAllBytes(repository.ContentFile(entry)))));
        Assert.Equal(
            uploads, hub.Server.Log.Count(RequestKind.ObjectPut) + hub.Server.Log.Count(RequestKind.Complete));
    }

    [Fact]
    public async Task Run_PausedForDaysBeforeAStep_MakesAgainOnlyWhatNoCommitNames()
    {
        var time = new ShiftedTime();
        await using var hub = await HubRun.StartAsync(
            options => options with { ObjectLife = TimeSpan.FromHours(24), Time = time });
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [0, 1], time.GetUtcNow());
        time.Shift += TimeSpan.FromHours(4);
        await SteppedRun.StepAsync(hub, hub.Publishing, time);
        await SteppedRun.ScoreAsync(hub, hub.Publishing, [2], time.GetUtcNow());
        time.Shift += TimeSpan.FromDays(3);

        var told = await SteppedRun.StepAsync(hub, hub.Publishing, time);

        Assert.Equal(
            [
                new RunEvent.ShardsLost(1),
                new RunEvent.ShardRebuilt("data/train-00002-of-00004.parquet", 1, 1),
                new RunEvent.ShardsCommitted(1, 3, 4, "refs/pr/1"),
            ],
            told);
    }

    [Fact]
    public async Task Session_StepsWhileOthersWork_ThenMerges()
    {
        await using var hub = await HubRun.StartAsync();
        var (committed, built) = (new TaskCompletionSource<RunEvent>(), 0);
        var builder = new HubBuilder(hub)
        {
            HandOver = async (worker, lease, description) =>
            {
                await HubBuilder.UploadAsync(worker, lease, description);
                if (++built == 1)
                    await committed.Task;
            },
        };

        var session = await HubSession.RunAsync(
            hub, hub.Publishing.With("--publish-every", "150ms"), builder.WorkAsync, hear: happened =>
            {
                if (happened is not RunEvent.ShardsCommitted)
                    return;
                Assert.Empty(hub.Commits());
                committed.TrySetResult(happened);
            });

        Assert.Equal(new RunEvent.ShardsCommitted(1, 1, 4, "refs/pr/1"), await committed.Task);
        Assert.Single(session.Events.OfType<RunEvent.PullRequestMerged>());
        Assert.EndsWith(
            Assert.Single(hub.Commits()).Id, Assert.Single(session.Summary!.Commits!), StringComparison.Ordinal);
        Assert.Null(session.Summary.Safe);
        Assert.Equal(4, hub.Server.Log.Count(RequestKind.ObjectPut) + hub.Server.Log.Count(RequestKind.Complete));
    }

    [Fact]
    public async Task Session_StepsFail_WarnsOnceAndEndsWhole()
    {
        await using var hub = await HubRun.StartAsync();
        var (warned, built) = (new TaskCompletionSource<RunEvent>(), 0);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403, Times = 3 });
        var builder = new HubBuilder(hub)
        {
            HandOver = async (worker, lease, description) =>
            {
                await HubBuilder.UploadAsync(worker, lease, description);
                if (++built == 1)
                    await warned.Task;
            },
        };

        var session = await HubSession.RunAsync(
            hub, hub.Publishing.With("--publish-every", "150ms"), builder.WorkAsync, hear: happened =>
            {
                if (happened is RunEvent.ShardsCommitted || hub.Server.Faults.Count == 0)
                    warned.TrySetResult(happened);
            });

        var warning = Assert.Single(session.Events.OfType<RunEvent.Warning>());
        Assert.StartsWith("shards wait to be committed, which is tried again every", warning.Text, StringComparison.Ordinal);
        Assert.Contains("the token lacks the right", warning.Text, StringComparison.Ordinal);
        Assert.Equal(11, Assert.Single(hub.Commits()).Files.Count);
    }

    /// <summary>The system's clock, so many hours later.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
