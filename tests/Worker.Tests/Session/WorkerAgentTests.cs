using System.Runtime.InteropServices;
using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class WorkerAgentTests
{
    [Fact]
    public async Task Session_First_SaysWhatItIsAndAsksForWork()
    {
        await using var bench = await SessionBench.StartAsync();

        var (session, hello) = await bench.Coordinator.GreetedAsync();
        Assert.Equal("worker-1", hello.WorkerId);
        Assert.Equal("fake", hello.NumericClass);
        Assert.Equal([Dtype.Fp32], hello.Dtypes);
        Assert.Empty(hello.HeldLeases);
        await session.SendAsync(bench.Welcome());

        await session.ExpectAsync(Kind.WorkRequest);
        Assert.Equal([bench.In("model")], bench.Loaded);
    }

    [Fact]
    public async Task Lease_Done_IsOpenedScoredAndEndedInThisOrder()
    {
        await using var bench = await SessionBench.StartAsync();
        var texts = PipelineBench.Texts(21);
        var file = bench.Input("in", texts);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, file));

        var opened = (await Next(bench, session, Kind.FileOpened)).FileOpened;
        Assert.Equal((7UL, 21UL, file.Sha256), (opened.Fence, opened.Rows, opened.Sha256));
        var (scores, ended) = await ScoresUntilEnd(bench, session);

        Assert.Equal(PipelineBench.Expected(texts), scores);
        Assert.Equal((7UL, Outcome.Completed), (ended.Fence, ended.Outcome));
        Assert.Contains(Logged.Lines, line =>
            line.StartsWith("scored 21 documents of ", StringComparison.Ordinal)
            && line.Contains(": device busy ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reader_Done_AsksForTheNextLeaseWhileTheDeviceWorks()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(12))));
        await session.ExpectAsync(Kind.FileOpened);

        await session.ExpectAsync(Kind.WorkRequest);
        Assert.True(bench.Scorer.Batches <= 1);
        gate.Open();
    }

    [Fact]
    public async Task Scores_WhileScoring_AreSentAboutOnceASecond()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(2);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(12))));
        gate.WaitUntilReached();
        await session.ExpectAsync(Kind.FileOpened);

        var report = (await Next(bench, session, Kind.Scores)).Scores;
        Assert.Equal(1UL, report.Sequence);
        Assert.Single(report.Batches);
        gate.Open();
    }

    [Fact]
    public async Task Heartbeat_NamesLeasesAndTotals()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(100))));
        await session.ExpectAsync(Kind.FileOpened);

        var heartbeat = await bench.Drive(session.HeartbeatAsync(), mostSeconds: 6);
        Assert.Equal(7UL, Assert.Single(heartbeat.Leases).Fence);
        Assert.True(heartbeat.Leases[0].ReadingWindow <= 3);
        Assert.True(heartbeat.Statistics.ResidentBytes > 0);
        gate.Open();
    }

    [Fact]
    public async Task Heartbeat_SaysHowFarTheWorkHasReallyCome()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = new SemaphoreSlim(1);
        bench.Scorer.Scoring = _ => gate.Wait(TestContext.Current.CancellationToken);
        var session = await Welcomed(bench);
        var file = bench.Input("in", PipelineBench.Texts(100), visible: false);
        await session.SendAsync(SessionBench.Lease(7, file));
        await Next(bench, session, Kind.FileOpened);
        await Next(bench, session, Kind.Scores);

        var before = await Progress(bench, session, lease => lease.Stage == Stage.Scoring);
        gate.Release();
        await Progress(bench, session, lease => lease.Steps > before.Steps);
        gate.Release(1000);

        Assert.Equal(file.Size, before.FetchedBytes);
    }

    [Fact]
    public async Task Device_Hanging_DoesNotKeepTheProcessFromEndingWhenTheCoordinatorSaysSo()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(100))));
        await session.ExpectAsync(Kind.FileOpened);

        await session.SendAsync(new CoordinatorMessage { EndProcess = new EndProcess { Reason = "nothing for 60 s" } });

        Assert.True(bench.Ends.TryTake(out var end, TimeSpan.FromMinutes(1)));
        Assert.Contains("nothing for 60 s", end, StringComparison.Ordinal);
        gate.Open();
    }

    [Fact]
    public async Task Device_Hanging_IsNoticedAlsoWhereThereIsNoCoordinatorAnyMore()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(100))));
        await session.ExpectAsync(Kind.FileOpened);
        await Progress(bench, session, lease => lease.Stage == Stage.Scoring);
        await bench.Coordinator.DisposeAsync();

        SpinWait.SpinUntil(
            () =>
            {
                bench.Watchdog.Look();
                return bench.Ends.Count > 0;
            },
            TimeSpan.FromMinutes(1));

        Assert.Contains("hangs", Assert.Single(bench.Ends), StringComparison.Ordinal);
        gate.Open();
    }

    /// <summary>What a heartbeat says of the only lease once that is so.</summary>
    private static async Task<LeaseProgress> Progress(
        SessionBench bench, FakeSession session, Func<LeaseProgress, bool> isSo)
    {
        while (true)
        {
            var heartbeat = await bench.Drive(session.HeartbeatAsync(), mostSeconds: 30);
            if (heartbeat.Leases is [var lease] && isSo(lease))
                return lease;
        }
    }

    [Fact]
    public async Task Lease_Shrunk_EndsWithItsOwnWindows()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var texts = PipelineBench.Texts(100);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", texts)));
        await session.SendAsync(new CoordinatorMessage { LeaseShrunk = new LeaseShrunk { Fence = 7, EndWindow = 1 } });
        // An answer to what came after shows that the shrinking has been seen.
        await session.SendAsync(SessionBench.Lease(8, bench.Input("bad", ["bad"], index: 1)));
        var messages = await Until(bench, session, message => message.LeaseEnded?.Fence == 8);
        gate.Open();

        var (scores, ended) = await ScoresUntilEnd(bench, session, messages);
        Assert.Equal(PipelineBench.Expected(texts, row => row < 8), scores);
        Assert.Equal(Outcome.Completed, ended.Outcome);
    }

    [Fact]
    public async Task Lease_Revoked_IsNotHeardOfAgain()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(100))));
        await session.ExpectAsync(Kind.FileOpened);
        var revoked = new LeaseRevoked { Fence = 7, Reason = "late" };
        await session.SendAsync(new CoordinatorMessage { LeaseRevoked = revoked });
        await session.ExpectAsync(Kind.WorkRequest);
        gate.Open();
        await session.SendAsync(SessionBench.Lease(8, bench.Input("in2", PipelineBench.Texts(3), index: 1)));

        var messages = await Until(bench, session, message => message.LeaseEnded is not null);
        Assert.Equal(8UL, messages[^1].LeaseEnded.Fence);
        Assert.DoesNotContain(messages, message => message.Scores?.Fence == 7);
    }

    [Fact]
    public async Task File_Bad_IsReportedAndTheWorkerGoesOn()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", ["bad"])));

        var ended = (await session.ExpectAsync(Kind.LeaseEnded)).LeaseEnded;
        Assert.Equal(Outcome.FileBad, ended.Outcome);
        Assert.Contains("is damaged; fetch it again", ended.Reason, StringComparison.Ordinal);
        Assert.Contains(Logged.Lines, line => line.Contains(
            $"in: {bench.In("in")}: is damaged; fetch it again", StringComparison.Ordinal));
        await session.ExpectAsync(Kind.WorkRequest);
    }

    [Fact]
    public async Task Batch_Failing_EndsTheLeaseAloneAndTheWorkerGoesOn()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Scorer.Scoring = _ => throw new NotSupportedException("the batch is odd\nmore");
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(3))));

        var messages = await Until(bench, session, message => message.LeaseEnded is not null);
        Assert.Equal(Outcome.Failed, messages[^1].LeaseEnded.Outcome);
        Assert.Contains("the batch is odd", messages[^1].LeaseEnded.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', messages[^1].LeaseEnded.Reason);
        Assert.Contains(messages, message => message.MessageCase == Kind.WorkRequest);
    }

    [Fact]
    public async Task Rejection_Permanent_EndsWithItsReason()
    {
        await using var bench = await SessionBench.StartAsync();
        var (session, _) = await bench.Coordinator.GreetedAsync();
        await session.SendAsync(new CoordinatorMessage
        {
            Rejection = new Rejection { Reason = "this run needs bf16", Permanent = true },
        });

        var error = await Assert.ThrowsAsync<UserErrorException>(() => bench.ExitCode());
        Assert.Contains("this run needs bf16", error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.TurnedAway, error.ExitCode);
    }

    [Fact]
    public async Task Rejection_Temporary_IsFollowedByAnotherAttempt()
    {
        await using var bench = await SessionBench.StartAsync();
        var (session, _) = await bench.Coordinator.GreetedAsync();
        await session.SendAsync(new CoordinatorMessage { Rejection = new Rejection { Reason = "full" } });
        session.Close();

        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome());
        await again.ExpectAsync(Kind.WorkRequest);
    }

    internal static async Task<FakeSession> Welcomed(SessionBench bench, bool shared = true)
    {
        var (session, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await session.SendAsync(bench.Welcome(shared));
        await session.ExpectAsync(Kind.WorkRequest);
        return session;
    }

    /// <summary>The next message of a kind; requests for work in between are passed over.</summary>
    internal static async Task<WorkerMessage> Next(SessionBench bench, FakeSession session, Kind kind)
    {
        var message = await bench.Drive(session.NextAsync());
        while (message.MessageCase == Kind.WorkRequest && kind != Kind.WorkRequest)
            message = await bench.Drive(session.NextAsync());
        Assert.Equal(kind, message.MessageCase);
        return message;
    }

    internal static async Task<List<WorkerMessage>> Until(
        SessionBench bench, FakeSession session, Func<WorkerMessage, bool> last)
    {
        var messages = new List<WorkerMessage>();
        do
            messages.Add(await bench.Drive(session.NextAsync()));
        while (!last(messages[^1]));
        return messages;
    }

    internal static async Task<(Dictionary<long, float> Scores, LeaseEnded Ended)> ScoresUntilEnd(
        SessionBench bench, FakeSession session, IEnumerable<WorkerMessage>? before = null)
    {
        var messages = await Until(bench, session, message => message.LeaseEnded is not null);
        return (ScoresOf((before ?? []).Concat(messages)), messages[^1].LeaseEnded);
    }

    internal static Dictionary<long, float> ScoresOf(IEnumerable<WorkerMessage> messages)
    {
        var scores = new Dictionary<long, float>();
        foreach (var batch in messages.Where(message => message.Scores is not null).SelectMany(m => m.Scores.Batches))
        {
            Assert.Equal("fake", batch.NumericClass);
            var values = MemoryMarshal.Cast<byte, float>(batch.Scores.Span);
            Assert.Equal(batch.Rows.Count, values.Length);
            for (var i = 0; i < values.Length; i++)
                scores.Add(batch.Window * (long)SessionBench.Windows + batch.Rows[i], values[i]);
        }

        return scores;
    }
}
