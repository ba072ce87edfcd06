using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

public sealed class RunCoreTests
{
    [Fact]
    public void Request_NothingLeased_GetsAWholeFile()
    {
        using var run = new CoreHarness(10, 5);

        var lease = run.JoinIdle("a").ScoreLeases.Single();

        Assert.Equal((1UL, 0U, 0U, 3U), (lease.Fence, lease.File.Index, lease.FirstWindow, lease.EndWindow));
    }

    [Fact]
    public void Request_TwoWorkersAndTwoFiles_GetAFileEach()
    {
        using var run = new CoreHarness(10, 5);

        var leases = new[] { run.JoinIdle("a"), run.JoinIdle("b") }.Select(s => s.ScoreLeases.Single()).ToList();

        Assert.Equal([0U, 1U], leases.Select(lease => lease.File.Index));
        Assert.Equal([1UL, 2UL], leases.Select(lease => lease.Fence));
    }

    [Fact]
    public void Request_NothingToDoNow_StaysOpenUntilThereIs()
    {
        using var run = new CoreHarness(4);
        var first = run.JoinIdle("a");
        var second = run.JoinIdle("b");
        Assert.Empty(second.ScoreLeases);

        run.End(first, first.ScoreLeases.Single().Fence, Outcome.Returned);

        Assert.Single(second.ScoreLeases);
    }

    [Fact]
    public void Request_RowsPerFileGiven_LeasesNoMoreWindows()
    {
        using var run = new CoreHarness(Runs.Spec with { RowsPerFile = 5 }, 1000);

        Assert.Equal(2U, run.JoinIdle("a").ScoreLeases.Single().EndWindow);
    }

    [Fact]
    public void Scores_AllOfAFile_LeadToABuildLeaseWithMetadata()
    {
        using var run = new CoreHarness(6);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Say(session, Opened(lease, rows: 6));
        run.Request(session);
        run.Score(session, lease, 1);
        Assert.Empty(session.BuildLeases);

        run.Score(session, lease, 0);
        run.End(session, lease.Fence, Outcome.Completed);

        var build = session.BuildLeases.Single();
        Assert.Equal("/out/.staging/run-1/2.parquet", build.StagingPath);
        Assert.Equal(new string('9', 64), build.Metadata["fineweb.input_sha256"]);
        Assert.Equal("fp32", build.Metadata["fineweb.dtype"]);
        Assert.Equal(Runs.Scores(0, 6), run.Ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Fact]
    public void Scores_NoWorkerToldTheDigest_TheCoordinatorReadsIt()
    {
        using var run = new CoreHarness(4);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Request(session);

        run.Score(session, lease, 0);
        run.End(session, lease.Fence, Outcome.Completed);

        Assert.Equal(new string('e', 64), session.BuildLeases.Single().Metadata["fineweb.input_sha256"]);
    }

    [Fact]
    public void File_WithoutRows_IsBuiltWithoutScoring()
    {
        using var run = new CoreHarness(0);

        var session = run.JoinIdle("a");

        Assert.Empty(session.ScoreLeases);
        Assert.Null(run.Deliver(session.BuildLeases.Single()).Refusal);
        Assert.True(run.Core.IsOver);
    }

    [Fact]
    public void Shard_OfTheLastFile_TellsEveryoneThatTheRunIsOver()
    {
        using var run = new CoreHarness(0);
        var idle = run.Join("b");
        var builder = run.JoinIdle("a");

        run.Deliver(builder.BuildLeases.Single());

        Assert.All([idle, builder], session => Assert.NotNull(session.Received[^1].RunOver));
    }

    [Fact]
    public void Worker_SilentForTheTimeout_LosesItsLeaseAndIsRefusedAfterwards()
    {
        using var run = new CoreHarness(8);
        var silent = run.JoinIdle("a");
        var lease = silent.ScoreLeases.Single();
        run.Score(silent, lease, 0);
        var other = run.Join("b");
        run.Wait(CoreHarness.Timeout - TimeSpan.FromTicks(1));
        run.Request(other);
        Assert.Empty(other.ScoreLeases);

        run.Wait(TimeSpan.FromTicks(1));

        var next = other.ScoreLeases.Single();
        Assert.Equal((2UL, 1U, 2U), (next.Fence, next.FirstWindow, next.EndWindow));
        run.Score(silent, lease.Fence, 0, 1, (_, _) => 99f);
        Assert.True(silent.IsClosed);
        var back = run.Join("a", hello => hello.HeldLeases.Add(lease.Fence));
        Assert.Empty(back.Welcome.KeptLeases);
        run.Score(back, lease.Fence, 0, 1, (_, _) => 99f);
        Assert.Equal(lease.Fence, back.Revoked.Single().Fence);
        run.Score(other, next, 1);
        Assert.Equal(Runs.Scores(0, 8), run.Ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Fact]
    public void Worker_ThatHeartbeats_KeepsItsLease()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        for (var i = 0; i < 10; i++)
        {
            run.Wait(CoreHarness.Timeout * 0.9);
            run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat() });
        }

        Assert.False(session.IsClosed);
        Assert.Single(run.Core.State.Leases);
    }

    [Fact]
    public void Worker_ThatReturnsInTime_KeepsWhatItHoldsAndNothingElse()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.JoinIdle("a");
        run.Request(session);
        run.Step(new RunCommand.SessionEnded(session));

        var back = run.Join("a", hello => hello.HeldLeases.Add([2, 77]));

        Assert.Equal([2UL], back.Welcome.KeptLeases);
        Assert.Equal([2UL], run.Core.State.Leases.Keys);
    }

    [Fact]
    public void Worker_ThatReturnsAfterTheCoordinatorDied_KeepsItsLease()
    {
        using var run = new CoreHarness(8);
        var lease = run.JoinIdle("a").ScoreLeases.Single();
        run.Restart();
        run.Wait(CoreHarness.Timeout * 0.9);

        var back = run.Join("a", hello => hello.HeldLeases.Add(lease.Fence));
        run.Score(back, lease, 0);

        Assert.Equal([lease.Fence], back.Welcome.KeptLeases);
        Assert.Equal(4, run.Core.Totals.Rows);
    }

    [Fact]
    public void Lease_AfterARestart_HasAFenceAboveAllBefore()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        run.End(session, session.ScoreLeases.Single().Fence, Outcome.Returned);

        run.Restart();

        Assert.Equal(2UL, run.JoinIdle("b").ScoreLeases.Single().Fence);
    }

    [Fact]
    public void Lease_OfAHalfScoredFile_SaysWhatIsStored()
    {
        using var run = new CoreHarness(12);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Score(session, lease, 1);
        run.Score(session, lease, 2, 0, 3);
        run.End(session, lease.Fence, Outcome.Returned);
        run.Restart();

        var next = run.JoinIdle("b").ScoreLeases.Single();

        Assert.Equal([1U], next.CompleteWindows);
        Assert.Equal((2U, 0b1001), (next.PartialWindows.Single().Window, next.PartialWindows[0].StoredRows[0]));
    }

    [Fact]
    public void Worker_WithWorkOfAnEarlierSession_IsAwaitedUntilItIsBack()
    {
        using var run = new CoreHarness(12);
        run.JoinIdle("a");
        run.Restart();

        Assert.Equal(1, run.Core.Snapshot(run.Now).Awaited);
        run.Join("b");
        Assert.Equal(1, run.Core.Snapshot(run.Now).Awaited);
        run.Join("a");
        Assert.Equal(0, run.Core.Snapshot(run.Now).Awaited);
    }

    [Fact]
    public void Scores_SentTwice_CountOnce()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();

        run.Score(session, lease, 0, 1, 2);
        run.Score(session, lease, 0, 2, 3);
        run.Score(session, lease, 0, 1, 2);

        Assert.Equal(3, run.Core.Totals.Rows);
        run.Restart();
        Assert.Equal(3, run.Core.Totals.Rows);
    }

    [Theory]
    [InlineData(9, new uint[] { 0 }, 1f)]
    [InlineData(0, new uint[] { 4 }, 1f)]
    [InlineData(0, new uint[] { 1, 1 }, 1f)]
    [InlineData(0, new uint[] { 1 }, float.NaN)]
    [InlineData(0, new uint[] { 1 }, float.PositiveInfinity)]
    public void Scores_ThatCannotBe_AreRefusedAndEndTheLease(int window, uint[] rows, float score)
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.Say(session, CoreHarness.Report(1, window, rows, [.. rows.Select(_ => score)]));

        Assert.Single(session.Revoked);
        Assert.Equal(0, run.Core.Totals.Rows);
    }

    [Fact]
    public void Scores_OfASecondNumericClass_AreWarnedOfOnce()
    {
        using var run = new CoreHarness(40);
        var session = run.JoinIdle("a");
        run.Score(session, session.ScoreLeases.Single(), 0);

        for (var window = 1; window < 4; window++)
            run.Say(session, CoreHarness.Report(1, window, [0], [1f], "class b"));

        Assert.Single(run.Events.OfType<RunEvent.Warning>());
    }

    [Fact]
    public void IdleWorker_NoWindowLeft_TakesHalfOfWhatIsUntouched()
    {
        using var run = new CoreHarness(40);
        var slow = run.JoinIdle("slow");
        var lease = slow.ScoreLeases.Single();
        run.Say(slow, Reading(lease.Fence, window: 3));

        var taken = run.JoinIdle("fast").ScoreLeases.Single();

        Assert.Equal((7U, 10U), (taken.FirstWindow, taken.EndWindow));
        Assert.Equal((lease.Fence, 7U), (slow.Shrunk.Single().Fence, slow.Shrunk.Single().EndWindow));
        run.Score(slow, lease.Fence, 0, 8, (_, _) => 99f);
        Assert.Equal(0, run.Core.Totals.Rows);
    }

    [Fact]
    public void IdleWorker_OthersTouchTheirLastWindow_WaitsInsteadOfTakingIt()
    {
        using var run = new CoreHarness(8);
        var slow = run.JoinIdle("slow");
        run.Say(slow, Reading(1, window: 1));

        Assert.Empty(run.JoinIdle("fast").ScoreLeases);
        Assert.Empty(slow.Shrunk);
    }

    [Fact]
    public void ReturningWorker_ItsLeaseWasShortenedMeanwhile_IsToldAgain()
    {
        using var run = new CoreHarness(40);
        var slow = run.JoinIdle("slow");
        run.Step(new RunCommand.SessionEnded(slow));
        run.JoinIdle("fast");
        run.Restart();

        var back = run.Join("slow", hello => hello.HeldLeases.Add(1));

        Assert.Equal(1U, back.Shrunk.Single().EndWindow);
    }

    [Fact]
    public void File_FailedOnThreeWorkers_Fails()
    {
        using var run = new CoreHarness(8, 8);
        foreach (var name in (string[])["a", "b", "c"])
        {
            Assert.False(run.Core.Files[0].Stage == FileStage.Failed);
            var session = run.JoinIdle(name);
            var lease = session.ScoreLeases.Single(lease => lease.File.Index == 0);
            run.End(session, lease.Fence, Outcome.Failed, $"{name} fell over");
            run.Wait(TimeSpan.FromSeconds(10));
            run.Step(new RunCommand.SessionEnded(session));
        }

        run.Wait(TimeSpan.FromSeconds(1));

        var failed = run.Events.OfType<RunEvent.FileFailed>().Single();
        Assert.Equal("failed on 3 workers; the last, c, said: c fell over", failed.Reason);
        Assert.Equal(failed.Reason, run.Ledger.Load()!.Files[0].Failure);
    }

    [Fact]
    public void File_FailedOnAWorker_GoesToAnotherAndNotBack()
    {
        using var run = new CoreHarness(8);
        var first = run.JoinIdle("a");
        var second = run.JoinIdle("b");
        run.End(first, 1, Outcome.Failed, "no memory");
        run.Request(first);

        run.Wait(TimeSpan.FromSeconds(10));

        Assert.Single(first.ScoreLeases);
        Assert.Single(second.ScoreLeases);
    }

    [Fact]
    public void File_FailedOnTheOnlyWorker_IsTriedAgainAfterAWhile()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        run.End(session, 1, Outcome.Failed, "disk full");
        run.Request(session);
        Assert.Single(session.ScoreLeases);

        run.Wait(TimeSpan.FromSeconds(1));

        Assert.Equal(2, session.ScoreLeases.Count());
    }

    [Fact]
    public void File_ThatIsBad_FailsAtOnceAndItsOtherLeasesEnd()
    {
        using var run = new CoreHarness(40);
        var first = run.JoinIdle("a");
        var second = run.JoinIdle("b");

        run.End(first, 1, Outcome.FileBad, "row group 3 is damaged");

        Assert.Equal(2UL, second.Revoked.Single().Fence);
        Assert.True(run.Core.IsOver);
        Assert.Equal("row group 3 is damaged", run.Core.Files[0].Record.Failure);
    }

    [Fact]
    public void File_ManyWorkersVanishedOverIt_Fails()
    {
        using var run = new CoreHarness(8);
        for (var i = 0; i < 10; i++)
        {
            run.JoinIdle($"victim {i}");
            run.Wait(CoreHarness.Timeout);
        }

        Assert.True(run.Core.IsOver);
    }

    [Fact]
    public void Completed_ScoresMissing_CountsAsAFailure()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        run.Score(session, session.ScoreLeases.Single(), 0);

        run.End(session, 1, Outcome.Completed);

        Assert.Contains("missing", run.Events.OfType<RunEvent.AttemptFailed>().Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void FileOpened_OtherContentThanBefore_EndsTheLease()
    {
        using var run = new CoreHarness(8);
        var first = run.JoinIdle("a");
        run.Say(first, Opened(first.ScoreLeases.Single(), rows: 8));
        run.End(first, 1, Outcome.Returned);
        var second = run.JoinIdle("b");

        var opened = Opened(second.ScoreLeases.Single(), rows: 8);
        opened.FileOpened.Sha256 = new string('1', 64);
        run.Say(second, opened);

        Assert.Single(second.Revoked);
        Assert.Equal(new string('9', 64), run.Core.Files[0].Record.Sha256);
    }

    [Fact]
    public void Drain_WorkersHoldLeases_AsksThemAndGivesNothingOutAnyMore()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.JoinIdle("a");
        run.Step(new RunCommand.Drain());
        run.Score(session, session.ScoreLeases.Single(), 0);
        run.End(session, 1, Outcome.Returned);
        run.Request(session);
        run.Say(session, new WorkerMessage { Goodbye = new Goodbye() });

        Assert.Single(session.Received, message => message.Drain is not null);
        Assert.Single(session.ScoreLeases);
        Assert.Equal(4, run.Core.Totals.Rows);
        Assert.Equal(0, run.Core.Sessions);
        Assert.False(run.Join("b").Rejection!.Permanent);
    }

    [Fact]
    public void FirstWorker_OnACpu_FixesPrecisionForGood()
    {
        using var run = new CoreHarness(8);
        var welcome = run.Join("a").Welcome.Run;
        Assert.Equal((Dtype.Fp32, 4096U), (welcome.Dtype, welcome.TokenBudget));
        run.Restart();

        var gpu = run.Join("b", hello => (hello.DeviceKind, _) = ("cuda", hello.Dtypes.Remove(Dtype.Fp32)));

        Assert.True(gpu.Rejection!.Permanent);
        Assert.True(gpu.IsClosed);
    }

    [Fact]
    public void FirstWorker_OnAGpu_ChoosesHalfPrecision()
    {
        using var run = new CoreHarness(8);

        var welcome = run.Join("a", hello =>
        {
            hello.DeviceKind = "cuda";
            hello.Dtypes.Add(Dtype.Fp16);
        }).Welcome.Run;

        Assert.Equal((Dtype.Fp16, 65536U), (welcome.Dtype, welcome.TokenBudget));
        Assert.Equal(Dtype.Fp16, run.Ledger.Load()!.Run.Dtype);
    }

    [Fact]
    public void FirstWorker_DtypeWasGiven_ChangesNothing()
    {
        using var run = new CoreHarness(Runs.Spec with { Dtype = Dtype.Bf16, TokenBudget = 99 }, 8);

        var rejection = run.Join("a").Rejection!;

        Assert.Contains("bf16", rejection.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Worker_OfAnotherVersion_IsTurnedAway()
    {
        using var run = new CoreHarness(8);

        Assert.True(run.Join("a", hello => hello.ProgramVersion = "9.9").Rejection!.Permanent);
    }

    [Fact]
    public void Message_BeforeHello_EndsTheSession()
    {
        using var run = new CoreHarness(8);
        var session = new FakeSession();

        run.Request(session);

        Assert.True(session.IsClosed);
    }

    [Fact]
    public void Shard_UnderAStaleFence_IsRefused()
    {
        using var run = new CoreHarness(0);
        var builder = run.JoinIdle("a");
        run.Wait(CoreHarness.Timeout);
        var next = run.JoinIdle("b");

        Assert.NotNull(run.Deliver(builder.BuildLeases.Single()).Refusal);
        Assert.Null(run.Deliver(next.BuildLeases.Single()).Refusal);
    }

    [Fact]
    public async Task Shard_CountsDifferFromTheScores_IsRefused()
    {
        using var run = new CoreHarness(0);
        var lease = run.JoinIdle("a").BuildLeases.Single();
        var answer = new TaskCompletionSource<ShardTicket>();
        var shard = new Coordinator.Ledger.ShardRecord(0, "x", lease.Fence, 1, "", 1, 0, 0, [], Done: false);

        run.Step(new RunCommand.PrepareShard(shard, answer));

        Assert.Contains("1 rows in", (await answer.Task).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Shard_CannotBePutInItsPlace_IsBuiltAgainAndThenFails()
    {
        using var run = new CoreHarness(0);
        var session = run.JoinIdle("a");
        for (var i = 0; i < 3; i++)
        {
            run.Deliver(session.BuildLeases.Last(), finish: false);
            run.Step(new RunCommand.FinishShard(0, "read-only", new TaskCompletionSource()));
            run.Request(session);
            run.Wait(TimeSpan.FromSeconds(10));
            run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat() });
        }

        Assert.Equal(3, session.BuildLeases.Count());
        Assert.Contains("read-only", run.Core.Files[0].Record.Failure, StringComparison.Ordinal);
    }

    private static WorkerMessage Opened(ScoreLease lease, ulong rows) => new()
    {
        FileOpened = new FileOpened { Fence = lease.Fence, Rows = rows, Sha256 = new string('9', 64) },
    };

    private static WorkerMessage Reading(ulong fence, uint window) => new()
    {
        Heartbeat = new Heartbeat { Leases = { new LeaseProgress { Fence = fence, ReadingWindow = window } } },
    };
}
