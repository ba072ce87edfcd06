using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Tests.Fakes;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>Leases that are taken away or given back, by themselves.</summary>
public sealed class LeaseEndTests
{
    private static readonly string[] Texts = PipelineBench.Texts(21);

    [Fact]
    public async Task Revoked_FreesTheReaderAtOnceAndIsNotHeardOfAgain()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        await HeldAsync(bench, gate);
        Assert.Equal([7UL], await bench.FencesAsync());
        Assert.False(await bench.Ask(() => bench.Leases.WantsWork));

        // Looked at before anything that follows from it can happen.
        var changes = await bench.Ask(() =>
        {
            var before = bench.Changes;
            bench.Leases.Revoke(7, "late");
            return bench.Changes - before;
        });

        Assert.Equal(1, changes);
        // Its batch is still on the device.
        Assert.False(await bench.Ask(() => bench.Leases.IsEmpty));
        Assert.True(await bench.Ask(() => bench.Leases.WantsWork));
        Assert.Empty(await bench.FencesAsync());
        Assert.Empty(await bench.Ask(() => bench.Leases.Progress().ToArray()));
        Assert.Contains("Information: stopped work on in: late", bench.Log.Lines);
        gate.Open();
        await bench.AskUntil(() => bench.Leases.IsEmpty, isEmpty => isEmpty);
        await bench.Do(bench.Leases.Report);
        Assert.True(bench.NothingMore);
    }

    [Fact]
    public async Task Revoked_ThatIsNotHeld_IsNothing()
    {
        await using var bench = await LeaseBench.StartAsync();

        await bench.Do(() => bench.Leases.Revoke(7, "late"));

        Assert.Empty(bench.Log.Lines);
        Assert.Equal(1, bench.Changes);
    }

    [Fact]
    public async Task Session_New_SaysAgainWhatIsKeptAndDropsTheRest()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        await HeldAsync(bench, gate);
        await bench.Score(8, bench.Input("other", ["bad"], index: 1));
        var ended = (await bench.UntilEndOf(8))[^1];

        await bench.Do(() => bench.Leases.Resume(new HashSet<ulong> { 8 }));

        Assert.Equal(ended, await bench.Next());
        Assert.True(bench.NothingMore);
        Assert.Contains("Information: stopped work on in: it did not outlive the interruption", bench.Log.Lines);
        Assert.Equal([8UL], await bench.FencesAsync());
        gate.Open();
        await bench.AskUntil(() => bench.Leases.IsEmpty, isEmpty => isEmpty);
        Assert.True(bench.NothingMore);
    }

    [Fact]
    public async Task Stopped_WhileItsFileIsLookedThrough_IsGivenBackUnopened()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        bench.Format.Checking = gate.Pass;
        await bench.Score(7, bench.Input("in", Texts));
        gate.WaitUntilReached();

        await bench.Do(bench.Leases.StopAll);
        Assert.True(await bench.Ask(() => bench.Leases.WantsWork));
        gate.Open();

        var messages = await bench.UntilEndOf(7);
        Assert.Single(messages);
        Assert.Equal((Outcome.Returned, ""), (messages[0].LeaseEnded.Outcome, messages[0].LeaseEnded.Reason));
        Assert.Equal(0, bench.Scorer.Batches);
    }

    [Fact]
    public async Task Stopped_WhileItIsScored_IsGivenBackAfterTheBatchInFlight()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        await HeldAsync(bench, gate);

        await bench.Do(bench.Leases.StopAll);
        gate.Open();

        var messages = await bench.UntilEndOf(7);
        Assert.Equal(1, messages.Sum(message => message.Scores?.Batches.Count ?? 0));
        Assert.Equal(Outcome.Returned, messages[^1].LeaseEnded.Outcome);
    }

    [Fact]
    public async Task Shards_TwoAtMost_AreTakenAndOneIsBuiltAtATime()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        bench.Coordinator.ReadingScores = gate.Pass;
        bench.Coordinator.Scores[7] = bench.Coordinator.Scores[8] = [];
        Assert.True(await bench.Ask(() => bench.Leases.WantsWork));
        await bench.Build(7, bench.Input("in", Texts));
        Assert.True(await bench.Ask(() => bench.Leases.WantsWork));
        await bench.Build(8, bench.Input("in2", Texts, index: 1));
        Assert.False(await bench.Ask(() => bench.Leases.WantsWork));
        gate.WaitUntilReached();

        for (var i = 0; i < 20; i++)
            Assert.Equal(0UL, (await bench.Ask(() => bench.ProgressOf(8))).Steps);

        gate.Open();
        Assert.Equal(7UL, (await bench.UntilEndOf(7))[0].LeaseEnded.Fence);
        Assert.Equal(8UL, (await bench.UntilEndOf(8))[0].LeaseEnded.Fence);
        Assert.True(await bench.Ask(() => bench.Leases.WantsWork));
    }

    [Fact]
    public async Task Shard_ThatWaitsForTheOneBefore_IsGivenBackAtOnce()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        bench.Coordinator.ReadingScores = gate.Pass;
        bench.Coordinator.Scores[7] = [];
        await bench.Build(7, bench.Input("in", Texts));
        await bench.Build(8, bench.Input("in2", Texts, index: 1));
        gate.WaitUntilReached();

        await bench.Do(bench.Leases.StopAll);

        LeaseEnded[] ends = [(await bench.Next()).LeaseEnded, (await bench.Next()).LeaseEnded];
        Assert.Equal([7UL, 8UL], ends.Select(end => end.Fence).Order());
        Assert.All(ends, end => Assert.Equal(Outcome.Returned, end.Outcome));
        gate.Open();
    }

    [Fact]
    public async Task Shard_Delivered_IsSaidOnceAndNotAsScored()
    {
        await using var bench = await LeaseBench.StartAsync();
        bench.Coordinator.Scores[7] = [new WindowScores { Scores = Zeros(8) }];
        await bench.Build(7, bench.Input("in", Texts[..8]));

        var ended = Assert.Single(await bench.UntilEndOf(7)).LeaseEnded;

        Assert.Equal((Outcome.Completed, "digest"), (ended.Outcome, ended.RunDigest));
        Assert.Equal("Information: delivered shard 7: 0 of 8 rows kept", Assert.Single(bench.Log.Lines));
        Assert.Single(bench.Coordinator.Shards);
    }

    /// <summary>A lease whose first batch is on the device, and whose file is not read to its end.</summary>
    private static async Task HeldAsync(LeaseBench bench, Gate gate)
    {
        bench.Scorer.Scoring = _ => gate.Pass();
        await bench.Score(7, bench.Input("in", PipelineBench.Texts(100)));
        Assert.NotNull((await bench.Next()).FileOpened);
        gate.WaitUntilReached();
        Assert.Equal(Undelivered.Messages, await bench.Ask(() => bench.Leases.Undelivered));
    }

    private static Google.Protobuf.ByteString Zeros(int scores) =>
        Google.Protobuf.ByteString.CopyFrom(new byte[scores * sizeof(float)]);
}
