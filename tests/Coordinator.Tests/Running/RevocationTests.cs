using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Leases that are taken away: who is told, why, and who is charged.</summary>
public sealed class RevocationTests
{
    [Fact]
    public void Machine_Hangs_LosesAllItsLeasesAndIsToldWhyEach()
    {
        using var run = new CoreHarness(8, 8);
        var hung = run.JoinIdle("hung");
        run.Request(hung);
        Beat(run, hung, beats: 30, Progress(1, Stage.Opening), Progress(2, Stage.Queued));

        const string reason = "nothing was done for ";
        Assert.Equal([1UL, 2UL], hung.Revoked.Select(revoked => revoked.Fence).Order());
        Assert.All(hung.Revoked, revoked => Assert.StartsWith(reason, revoked.Reason, StringComparison.Ordinal));
        Assert.StartsWith(reason, hung.Received.Single(m => m.EndProcess is not null).EndProcess.Reason, StringComparison.Ordinal);
        Assert.Single(run.Events.OfType<RunEvent.LeaseStalled>());
        Assert.Empty(run.Core.State.Leases);
        Assert.Empty(run.Ledger.Load()!.Leases);
        // Whoever hangs has perhaps vanished because of its file.
        Assert.Equal(1, run.Core.Files[0].LostInARow + run.Core.Files[1].LostInARow);
    }

    [Fact]
    public void Quarantined_IsToldSoOfEachLease()
    {
        using var run = new CoreHarness(8, 8);
        var sick = run.JoinIdle("sick");
        run.Request(sick);

        Fail(run, sick, 1, Fault.Device, "lost");

        Assert.Equal(
            ["lost", "this worker is quarantined: its device has failed: lost"],
            sick.Revoked.Select(revoked => revoked.Reason));
        Assert.Equal("its device has failed: lost", sick.Received.Single(m => m.Quarantined is not null).Quarantined.Reason);
    }

    [Fact]
    public void File_Failing_IsTakenFromAllWhoHoldIt()
    {
        using var run = new CoreHarness(40);
        var (first, second) = (run.JoinIdle("a"), run.JoinIdle("b"));
        var answer = new TaskCompletionSource<ControlAnswer>();

        run.Step(new RunCommand.Control(new ControlRequest.Skip(new NamePatterns(["*"])), answer));

        Assert.All([first, second], one => Assert.Equal("the file has failed", one.Revoked.Single().Reason));
        Assert.Equal(FileRecord.Skipped, run.Events.OfType<RunEvent.FileFailed>().Single().Reason);
    }

    [Fact]
    public void Lease_NotHeld_IsRefusedWithItsReason()
    {
        using var run = new CoreHarness(8);
        var session = run.Join("a");

        run.Say(session, CoreHarness.Report(77, 0, [0], [1f]));

        Assert.Equal((77UL, "the lease has ended or gone to another worker"), Reason(session));
        // It is heard all the same: whoever sent it need not send it again.
        Assert.Equal(1, session.Acknowledged);
    }

    [Theory]
    [InlineData("opened")]
    [InlineData("scores")]
    [InlineData("ended")]
    public void Report_MadeForAnotherRun_EndsTheLeaseOfThatNumber(string what)
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        var message = what switch
        {
            "opened" => CoreHarness.Opened(session.ScoreLeases.Single(), rows: 8),
            "scores" => CoreHarness.Report(1, 0, [0], [1f]),
            _ => new WorkerMessage { LeaseEnded = new LeaseEnded { Fence = 1, Outcome = Outcome.Completed } },
        };
        ReportsOfWorkers.OfRun(message, "digest of another run");

        run.Say(session, message);

        Assert.Equal((1UL, "the report was made for another run"), Reason(session));
        Assert.Equal(what == "scores" ? 1 : 0, session.Acknowledged);
        Assert.Empty(run.Core.State.Leases);
        Assert.Equal(0, run.Core.Totals.Rows);
        Assert.Empty(run.Core.Files[0].FailedAttempts);
        Assert.Empty(run.Ledger.Load()!.Leases);
    }

    [Fact]
    public void Ended_WithoutAReason_IsGivenOne()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.End(session, 1, Outcome.Failed);

        Assert.Equal("no reason given", run.Events.OfType<RunEvent.AttemptFailed>().Single().Reason);
    }

    [Fact]
    public void Ended_WithAReasonThatWouldColourATerminal_IsCleaned()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.End(session, 1, Outcome.Failed, "it\u001b[2Jfell");

        Assert.Equal("it?[2Jfell", run.Ledger.Load()!.Failures.Single().Reason);
    }

    [Fact]
    public void Completed_ThoughScoresAreMissing_IsAFailure()
    {
        using var run = new CoreHarness(12);
        var session = run.JoinIdle("a");
        run.Score(session, session.ScoreLeases.Single(), 1);

        run.End(session, 1, Outcome.Completed);

        Assert.Equal((1UL, "it said it was done, but scores of 2 windows are missing"), Reason(session));
    }

    [Fact]
    public void Completed_ThoughAShardIsMissing_IsAFailure()
    {
        using var run = new CoreHarness(0);
        var session = run.JoinIdle("a");

        run.End(session, session.BuildLeases.Single().Fence, Outcome.Completed);

        Assert.Equal((1UL, "it said the shard was done without handing it over"), Reason(session));
    }

    [Fact]
    public void Opened_WithOtherRows_IsAFailure()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.Say(session, CoreHarness.Opened(session.ScoreLeases.Single(), rows: 9));

        Assert.Equal((1UL, "it sees 9 rows where the coordinator found 8"), Reason(session));
    }

    /// <summary>Others have done what it could not, on two files.</summary>
    [Theory]
    [InlineData("score", "sick", true)]
    [InlineData("build", "sick", true)]
    // What it then did itself shows nothing against it; its shards are another matter.
    [InlineData("score", "healthy", false)]
    [InlineData("build", "healthy", true)]
    public void Failures_ThatOthersRefute_SetAWorkerAside(string what, string failing, bool isSetAside)
    {
        var kind = what == "score" ? LeaseKind.Score : LeaseKind.Build;
        using var run = new CoreHarness(kind == LeaseKind.Score ? [4, 4, 4] : [0, 0, 0]);
        var healthy = run.Join("healthy");
        if (failing == "sick")
            run.Join("sick");
        for (var file = 0; file < 2; file++)
            run.Core.Files[file].Add(
                new FailedAttempt(failing, failing, "it fell over") { Kind = kind }, retryAt: TimeSpan.Zero);
        run.Request(healthy);
        run.Request(healthy);
        for (var file = 0; file < 2; file++)
        {
            Assert.Null(run.Core.State.Workers[failing].Quarantine);
            if (kind == LeaseKind.Score)
                run.Score(healthy, healthy.ScoreLeases.ElementAt(file), 0);
            else
                run.Deliver(healthy.BuildLeases.ElementAt(file));
        }

        Assert.Equal(
            isSetAside ? "failed on 2 files that others then did, the last time: it fell over" : null,
            run.Core.State.Workers[failing].Quarantine);
    }

    [Fact]
    public void Scored_BuildFailuresOfTheFileStay()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        run.Core.Files[0].Add(
            new FailedAttempt("x", "x", "no room") { Kind = LeaseKind.Build }, retryAt: TimeSpan.Zero);
        run.Core.Files[0].Add(
            new FailedAttempt("y", "y", "no memory") { Kind = LeaseKind.Score }, retryAt: TimeSpan.Zero);

        run.Score(session, session.ScoreLeases.Single(), 0);
        Assert.Equal(2, run.Core.Files[0].FailedAttempts.Count);
        run.Score(session, session.ScoreLeases.Single(), 1);

        Assert.Equal(["no room"], run.Core.Files[0].FailedAttempts.Select(attempt => attempt.Reason));
    }

    [Fact]
    public void Shard_Arrived_IsProgressOfTheRunAndOfItsWorker()
    {
        using var run = new CoreHarness(0, 0);
        var builder = run.JoinIdle("a");
        run.Wait(TimeSpan.FromSeconds(4));

        run.Deliver(builder.BuildLeases.Single());

        Assert.Equal(run.Now, run.Core.State.Progress.Last);
        Assert.True(run.Core.State.Workers["a"].Health.HasSucceeded);
        // 100 bytes in four seconds.
        Assert.Equal(25, run.Core.State.Workers["a"].Paces.Building.PerSecond, 0.01);
    }

    [Fact]
    public void Attempt_Failed_WaitsTwiceAsLongEachTimeUpToFiveMinutes()
    {
        using var run = new CoreHarness(8);
        var file = run.Core.Files[0];
        var waits = new List<double>();
        for (var attempt = 0; attempt < 11; attempt++)
        {
            var session = run.Join($"worker {attempt}");
            run.Request(session);
            Fail(run, session, session.ScoreLeases.Single().Fence, Fault.Machine, "it fell over");
            waits.Add((file.RetryAt - run.Now).TotalSeconds);
            run.Wait(file.RetryAt - run.Now);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], waits);
    }

    private static (ulong Fence, string Reason) Reason(FakeSession session) =>
        (session.Revoked.Single().Fence, session.Revoked.Single().Reason);

    private static void Fail(CoreHarness run, FakeSession session, ulong fence, Fault fault, string reason) =>
        run.Say(session, new WorkerMessage
        {
            LeaseEnded = new LeaseEnded { Fence = fence, Outcome = Outcome.Failed, Fault = fault, Reason = reason },
        });

    private static void Beat(CoreHarness run, FakeSession session, int beats, params LeaseProgress[] leases)
    {
        for (var beat = 0; beat < beats; beat++)
        {
            run.Wait(TimeSpan.FromSeconds(10));
            run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat { Leases = { leases } } });
        }
    }

    private static LeaseProgress Progress(ulong fence, Stage stage) => new() { Fence = fence, Stage = stage, Steps = 1 };
}
