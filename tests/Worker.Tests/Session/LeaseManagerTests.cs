using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Tests.Fakes;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>What is held, what is done for it and what the coordinator hears of it.</summary>
public sealed class LeaseManagerTests
{
    private static readonly string[] Texts = PipelineBench.Texts(21);

    [Fact]
    public async Task Lease_Done_IsOpenedScoredAndEnded()
    {
        await using var bench = await LeaseBench.StartAsync();
        Assert.True(await bench.Ask(() => bench.Leases.IsEmpty));

        await bench.Score(7, bench.Input("in", Texts));

        var messages = await bench.UntilEndOf(7);
        var opened = messages[0].FileOpened;
        Assert.Equal((7UL, 21UL, "digest"), (opened.Fence, opened.Rows, opened.RunDigest));
        Assert.Equal(64, opened.Sha256.Length);
        Assert.Equal(PipelineBench.Expected(Texts), WorkerAgentTests.ScoresOf(messages));
        var ended = messages[^1].LeaseEnded;
        Assert.Equal((Outcome.Completed, "digest", ""), (ended.Outcome, ended.RunDigest, ended.Reason));
        Assert.True(await bench.Ask(() => bench.Leases.IsEmpty));
        // What was read stays away from the log of failures.
        Assert.Contains("Information: scoring in (lease 7)", bench.Log.Lines);
        Assert.Single(bench.Log.Lines, line => line.StartsWith("Information: scored 21 documents of in: ", Ordinal));
        Assert.Equal(2, bench.Log.Lines.Count);
    }

    [Fact]
    public async Task Lease_WithNothingLeftToScore_IsDoneWithoutTheDevice()
    {
        await using var bench = await LeaseBench.StartAsync();

        await bench.Score(7, bench.Input("in", Texts), complete: [0, 1, 2]);

        await bench.UntilEndOf(7);
        Assert.Contains("Information: scored 0 documents of in without the device", bench.Log.Lines);
    }

    [Fact]
    public async Task Lease_WhoseEndIsBeyondAnyFile_IsTheWholeFile()
    {
        await using var bench = await LeaseBench.StartAsync();

        await bench.Score(7, bench.Input("in", Texts), endWindow: uint.MaxValue);

        Assert.Equal(PipelineBench.Expected(Texts), WorkerAgentTests.ScoresOf(await bench.UntilEndOf(7)));
    }

    [Fact]
    public async Task Rows_BeyondThoseOfTheRun_AreNeitherLookedAtNorScored()
    {
        await using var bench = await LeaseBench.StartAsync(rowsPerFile: 5);
        string[] texts = [.. Texts[..5], "unsound", "more"];

        await bench.Score(7, bench.Input("in", texts));

        var messages = await bench.UntilEndOf(7);
        Assert.Equal(Outcome.Completed, messages[^1].LeaseEnded.Outcome);
        Assert.Equal(PipelineBench.Expected(texts[..5]), WorkerAgentTests.ScoresOf(messages));
    }

    [Fact]
    public async Task Lease_WhoseDeviceNeverReturns_IsAHangToTheWatchdog()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        bench.Scorer.Scoring = _ => gate.Pass();
        await bench.Score(7, bench.Input("in", Texts));
        gate.WaitUntilReached();

        for (var tick = 0; tick <= 2 * Watchdog.LeastTicks; tick++)
            bench.Watchdog.Look();

        gate.Open();
        await bench.UntilEndOf(7);
        Assert.Single(bench.Ends);
    }

    [Fact]
    public async Task Undelivered_IsWhatTheCoordinatorHasNotShownToHaveHeard()
    {
        await using var bench = await LeaseBench.StartAsync();
        Assert.Equal(Undelivered.Nothing, bench.Leases.Undelivered);
        await bench.Do(() => bench.Leases.Decline(5, "digest of another run"));
        Assert.Equal(Undelivered.Messages, await bench.Ask(() => bench.Leases.Undelivered));
        var declined = (await bench.Next()).LeaseEnded;
        Assert.Equal(
            (5UL, Outcome.Returned, "digest of another run"), (declined.Fence, declined.Outcome, declined.RunDigest));

        await bench.Score(7, bench.Input("in", Texts));
        var reports = (await bench.UntilEndOf(7)).Where(message => message.Scores is not null).ToList();

        Assert.Equal(Undelivered.Scores, await bench.Ask(() => bench.Leases.Undelivered));
        Assert.Equal([5UL, 7UL], await bench.FencesAsync());
        await bench.Do(() => bench.Leases.Acknowledge(reports[^1].Scores.Sequence));
        Assert.Equal(Undelivered.Messages, await bench.Ask(() => bench.Leases.Undelivered));
        Assert.Equal([7UL], await bench.FencesAsync());
    }

    [Fact]
    public async Task Report_SaysWhatWasScoredSinceTheLastOne()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        bench.Scorer.Scoring = _ =>
        {
            if (bench.Scorer.Batches == 2)
                gate.Pass();
        };
        await bench.Score(7, bench.Input("in", Texts));
        Assert.NotNull((await bench.Next()).FileOpened);
        gate.WaitUntilReached();

        // The next batch may be on the device before the scores of this one are handed on.
        await bench.AskUntil(
            () =>
            {
                bench.Leases.Report();
                return bench.NothingMore;
            },
            isNothing => !isNothing);
        await bench.Do(bench.Leases.Report);
        var first = (await bench.Next()).Scores;

        Assert.Equal((7UL, 1UL, "digest"), (first.Fence, first.Sequence, first.RunDigest));
        Assert.Single(first.Batches);
        Assert.True(bench.NothingMore);
        gate.Open();
        var rest = await bench.UntilEndOf(7);
        Assert.Equal(
            PipelineBench.Expected(Texts), WorkerAgentTests.ScoresOf([new WorkerMessage { Scores = first }, .. rest]));
    }

    [Fact]
    public async Task Report_ThatIsFull_IsSentAtOnce()
    {
        const int most = 65_536;
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        bench.Scorer.Scoring = _ => gate.Pass();
        await bench.Score(7, bench.Input("in", Texts));
        Assert.NotNull((await bench.Next()).FileOpened);
        IScoreSink sink = bench.Leases;
        var batch = new BatchScores(0, [.. Enumerable.Range(0, most)], new float[most], new int[most], "fake");

        sink.BatchScored(PipelineBench.TaskOver(Texts), batch);
        Assert.Equal(0, await bench.Ask(() => bench.Leases.Fences.Count(fence => fence == 0)));
        sink.BatchScored(TaskOf(7), batch);

        Assert.Equal(most, Assert.Single((await bench.Next()).Scores.Batches).Rows.Count);
        gate.Open();
    }

    [Fact]
    public async Task Progress_SaysWhichWindowIsReadAndHowFarTheWorkIs()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        bench.Scorer.Scoring = _ => gate.Pass();
        await bench.Score(7, bench.Input("in", PipelineBench.Texts(100)));
        gate.WaitUntilReached();

        // Windows are read ahead of the device.
        var progress = await bench.AskUntil(() => bench.ProgressOf(7), lease => lease.ReadingWindow > 0);

        Assert.True(progress.Steps > 0);
        Assert.Equal((Stage.Scoring, 0UL), (progress.Stage, progress.FetchedBytes));
        gate.Open();
    }

    [Fact]
    public async Task Progress_WhileACopyIsLookedThrough_SaysSo()
    {
        await using var bench = await LeaseBench.StartAsync(shared: false);
        using var gate = new Gate();
        bench.Format.Checking = gate.Pass;
        var file = bench.Input("in", Texts);
        File.Delete(file.Path);
        await bench.Score(7, file);
        gate.WaitUntilReached();

        var progress = await bench.Ask(() => bench.ProgressOf(7));

        Assert.Equal((Stage.Opening, file.Size), (progress.Stage, progress.FetchedBytes));
        gate.Open();
        Assert.Equal(Outcome.Completed, (await bench.UntilEndOf(7))[^1].LeaseEnded.Outcome);
    }

    [Fact]
    public async Task Progress_OfAFileThatWaitsForTheReader_IsQueued()
    {
        await using var bench = await LeaseBench.StartAsync();
        using var gate = new Gate();
        bench.Scorer.Scoring = _ => gate.Pass();
        await bench.Score(7, bench.Input("in", PipelineBench.Texts(400)));
        gate.WaitUntilReached();
        await bench.Score(8, bench.Input("in2", Texts, index: 1));
        while ((await bench.Next()).FileOpened?.Fence != 8)
        {
        }

        Assert.Equal(Stage.Queued, (await bench.Ask(() => bench.ProgressOf(8))).Stage);
        gate.Open();
    }

    [Fact]
    public async Task Watchdog_HearsNoMoreOfALeaseThatHasEnded()
    {
        await using var bench = await LeaseBench.StartAsync();
        await bench.Score(7, bench.Input("in", Texts));
        await bench.UntilEndOf(7);
        await bench.AskUntil(() => bench.Leases.IsEmpty, isEmpty => isEmpty);

        for (var i = 0; i < 2 * Watchdog.LeastTicks; i++)
            bench.Watchdog.Look();

        Assert.Empty(bench.Ends);
    }

    [Fact]
    public async Task File_Bad_IsReportedByItsPathAndLogged()
    {
        await using var bench = await LeaseBench.StartAsync();
        var file = bench.Input("in", ["bad"]);

        await bench.Score(7, file);

        var ended = (await bench.UntilEndOf(7))[^1].LeaseEnded;
        Assert.Equal((Outcome.FileBad, Fault.File, "digest"), (ended.Outcome, ended.Fault, ended.RunDigest));
        Assert.Equal($"{file.Path}: is damaged; fetch it again", ended.Reason);
        Assert.Contains($"Warning: in: {ended.Reason}", bench.Log.Lines);
        Assert.DoesNotContain(bench.Log.Lines, line => line.Contains("scored", Ordinal));
        Assert.Empty(bench.Broken);
        await bench.AskUntil(() => bench.Changes, changes => changes > 0);
    }

    [Fact]
    public async Task Device_ThatFails_IsToldBesideTheEndOfTheLease()
    {
        await using var bench = await LeaseBench.StartAsync();
        bench.Scorer.Scoring = _ => throw new DeviceFailedException("lost");

        await bench.Score(7, bench.Input("in", Texts));

        var ended = (await bench.UntilEndOf(7))[^1].LeaseEnded;
        Assert.Equal((Outcome.Failed, Fault.Device, "lost"), (ended.Outcome, ended.Fault, ended.Reason));
        await bench.AskUntil(() => bench.Broken.Count, count => count == 1);
    }

    [Fact]
    public async Task Shrink_OfALeaseThatIsNotHeld_IsNothing()
    {
        await using var bench = await LeaseBench.StartAsync();
        await bench.Do(() => bench.Leases.Shrink(new LeaseShrunk { Fence = 7, EndWindow = 1 }));

        await bench.Score(7, bench.Input("in", Texts));

        Assert.Equal(PipelineBench.Expected(Texts), WorkerAgentTests.ScoresOf(await bench.UntilEndOf(7)));
    }

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private static ScoreTask TaskOf(ulong fence) => new()
    {
        Fence = fence,
        WindowRows = SessionBench.Windows,
        TokenBudget = 20,
        Open = _ => throw new InvalidOperationException("nobody reads it"),
    };
}
