using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Who is charged with a failure: the worker first, the file where that is more likely.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public void Report_OfAWindowBehindTheLast_EndsThatLeaseAlone(int window)
    {
        using var run = new CoreHarness(12);
        var worker = run.JoinIdle("a");
        var lease = worker.ScoreLeases.Single();

        run.Say(worker, CoreHarness.Report(lease.Fence, window, [0], [1f]));

        var told = run.Events.OfType<RunEvent.AttemptFailed>().Single();
        Assert.Contains("its report was faulty", told.Reason, StringComparison.Ordinal);
        Assert.Equal(0, run.Core.Totals.Rows);
    }

    [Fact]
    public void ThreeSickWorkersAmongTen_TheRunFinishesWholeAndNamesThem()
    {
        using var run = new CoreHarness([.. Enumerable.Repeat(8L, 30)]);
        var sick = new Dictionary<string, FakeSession>();
        var healthy = new List<SimulatedWorker>();
        // The sick ones come first and fail on whatever they get, each in another way.
        foreach (var name in (string[])["sick 1", "sick 2", "sick 3"])
            sick.Add(name, run.JoinIdle(name));
        for (var i = 0; i < 7; i++)
            healthy.Add(new SimulatedWorker($"healthy {i}"));
        Fault[] ways = [Fault.Machine, Fault.Unspecified, Fault.File];
        for (var step = 0; !run.Core.IsOver; step++)
        {
            Assert.True(step < 5000, "the run does not end");
            foreach (var (way, (_, session)) in ways.Zip(sick))
                FailWhatItHolds(run, session, way);
            var worker = healthy[step % healthy.Count];
            if (!worker.IsConnected)
                worker.Connect(run);
            worker.Work(run, step);
            run.Wait(TimeSpan.FromSeconds(0.5));
            foreach (var (_, session) in sick)
                run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat() });
        }

        var snapshot = run.Core.Snapshot(run.Now);
        Assert.Equal((30, 0), (snapshot.FilesDone, snapshot.FilesFailed));
        Assert.Equal(sick.Keys, snapshot.Quarantined.Select(worker => worker.Worker));
        Assert.Equal(sick.Keys, run.Events.OfType<RunEvent.WorkerQuarantined>().Select(told => told.Worker).Order());
        Assert.All(sick.Values, session => Assert.Contains(
            session.Received, message => message.Quarantined is { Reason.Length: > 0 }));
        Assert.DoesNotContain(
            run.Ledger.Load()!.Failures, failure => failure.Worker.StartsWith("sick", StringComparison.Ordinal));
    }

    [Fact]
    public void Quarantined_ItsLeasesGoToOthersAtOnceAndItGetsNoMore()
    {
        using var run = new CoreHarness(8, 8, 8, 8);
        var sick = run.JoinIdle("sick");
        run.Request(sick);
        Fail(run, sick, sick.ScoreLeases.First().Fence, Fault.Machine);
        Fail(run, sick, sick.ScoreLeases.Last().Fence, Fault.Machine);
        run.Request(sick);
        run.Request(sick);
        Fail(run, sick, sick.ScoreLeases.Last().Fence, Fault.Machine);
        var given = sick.ScoreLeases.Count();
        var other = run.JoinIdle("other");
        run.Wait(Rest);
        run.Request(sick);

        Assert.Equal(given, sick.ScoreLeases.Count());
        Assert.Empty(run.Core.State.Workers["sick"].Leases);
        Assert.Single(other.ScoreLeases);
        Assert.NotNull(run.Core.State.Workers["sick"].Quarantine);
    }

    [Fact]
    public void Quarantined_ComesBackOnlyWhereItIsAllowedOrStartedAgain()
    {
        using var run = new CoreHarness(8, 8, 8, 8);
        var sick = Quarantine(run, "sick");
        run.Step(new RunCommand.SessionEnded(sick));
        var again = run.JoinIdle("sick");
        Assert.Empty(again.ScoreLeases);
        Assert.Contains(again.Received, message => message.Quarantined is not null);

        run.Restart();
        again = run.JoinIdle("sick");
        Assert.Empty(again.ScoreLeases);
        Assert.Single(run.JoinIdle("a new process").ScoreLeases);

        Allow(run, "sick");
        Assert.Contains(again.Received, message => message.Allowed is not null);
        Assert.Single(again.ScoreLeases);
        Assert.Empty(run.Core.Snapshot(run.Now).Quarantined);
        Assert.Empty(run.Ledger.Load()!.Quarantined);
    }

    [Fact]
    public void OnlyWorker_Quarantined_TheRunSaysThatItStands()
    {
        using var run = new CoreHarness(8, 8, 8);
        Quarantine(run, "sick");
        run.Wait(TimeSpan.FromSeconds(1));

        var told = Assert.Single(run.Events.OfType<RunEvent.NoHealthyWorker>());
        Assert.StartsWith(
            "no healthy worker is left: 1 worker quarantined; sick: 3 failures in a row", told.Reason,
            StringComparison.Ordinal);
        Assert.Equal(told.Reason, run.Core.Standstill);
        run.Join("healthy");
        Assert.Null(run.Core.Standstill);
    }

    [Fact]
    public void FileServerIsAway_EveryoneIsTriedAgainAfterAWhileThatGrows()
    {
        using var run = new CoreHarness([.. Enumerable.Repeat(8L, 6)]);
        var sessions = ((string[])["a", "b"]).Select(name => Quarantine(run, name)).ToList();
        var allowed = new List<double>();
        while (run.Now < TimeSpan.FromSeconds(450))
        {
            run.Wait(TimeSpan.FromSeconds(1));
            foreach (var session in sessions)
            {
                run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat() });
                FailWhatItHolds(run, session, Fault.Machine);
            }

            allowed.AddRange(run.Events.OfType<RunEvent.WorkerAllowed>().Skip(allowed.Count)
                .Select(_ => run.Now.TotalSeconds));
        }

        Assert.Equal([60, 60, 180, 180, 420, 420], allowed);
        Assert.Single(run.Events.OfType<RunEvent.NoHealthyWorker>());
        Assert.Equal(0, run.Core.Files.CountOf(FileStage.Failed));
    }

    [Fact]
    public void FileServerIsAway_WhoHasLeftMeanwhileIsNotSaidToWorkAgain()
    {
        using var run = new CoreHarness([.. Enumerable.Repeat(8L, 6)]);
        run.Step(new RunCommand.SessionEnded(Quarantine(run, "gone")));
        var here = Quarantine(run, "here");

        for (var step = 0; step < 5; step++)
        {
            run.Wait(TimeSpan.FromSeconds(15));
            run.Say(here, new WorkerMessage { Heartbeat = new Heartbeat() });
        }

        Assert.Equal(["here"], run.Events.OfType<RunEvent.WorkerAllowed>().Select(told => told.Worker));
    }

    [Fact]
    public void Quarantined_ProcessesWithoutEnd_AreForgottenInTheEnd()
    {
        using var run = new CoreHarness([.. Enumerable.Repeat(8L, 6)]);
        for (var life = 0; life < 1010; life++)
        {
            var sick = run.JoinIdle($"sick {life}");
            Fail(run, sick, sick.ScoreLeases.Single().Fence, Fault.Device);
            run.Step(new RunCommand.SessionEnded(sick));
        }

        Assert.InRange(run.Core.Snapshot(run.Now).Quarantined.Count, 1000, 1001);
        Assert.InRange(run.Ledger.Load()!.Quarantined.Count, 1000, 1001);
        Assert.Contains(run.Core.Snapshot(run.Now).Quarantined, worker => worker.Worker == "sick 1009");
    }

    [Fact]
    public void DeviceError_QuarantinesAtOnceAndIsNotChargedToTheFile()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        Fail(run, session, session.ScoreLeases.Single().Fence, Fault.Device, "CUDA error: lost");

        Assert.Equal("its device has failed: CUDA error: lost", run.Core.State.Workers["a"].Quarantine);
        Assert.Empty(run.Core.Files[0].FailedAttempts);
        Assert.Single(run.JoinIdle("b").ScoreLeases);
    }

    [Fact]
    public void Failure_IsKeptWithTheWorkersNameForPeople()
    {
        using var run = new CoreHarness(8);
        var session = run.Join("5f1c", hello => hello.Name = "node 7, GPU 0");
        run.Request(session);
        Fail(run, session, session.ScoreLeases.Single().Fence, Fault.Machine);

        var failure = Assert.Single(run.Ledger.Load()!.Failures);
        Assert.Equal(("5f1c", "node 7, GPU 0"), (failure.WorkerId, failure.Worker));
        Assert.Equal(Fault.Machine, failure.Fault);
    }

    [Theory]
    [InlineData(Fault.Machine)]
    [InlineData(Fault.Unspecified)]
    public void FailingBuildsAlone_QuarantinesWhereOthersCanBuild(Fault fault)
    {
        using var run = new CoreHarness(0, 0, 0, 0);
        var sick = run.JoinIdle("sick");
        var healthy = new SimulatedWorker("healthy");
        healthy.Connect(run);
        for (var step = 0; step < 100 && !run.Core.IsOver; step++)
        {
            if (sick.BuildLeases.LastOrDefault() is { } lease && IsHeld(run, lease.Fence))
                Fail(run, sick, lease.Fence, fault);
            run.Request(sick);
            healthy.Work(run, step);
            run.Wait(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, run.Core.Files.CountOf(FileStage.Failed));
        Assert.Contains("sick", run.Core.Snapshot(run.Now).Quarantined.Select(worker => worker.Worker));
    }

    [Fact]
    public void MachineFault_OfEveryone_NeverFailsTheFileAndTheWaitGrows()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        var waits = new List<double>();
        for (var attempt = 1; attempt <= 12; attempt++)
        {
            Fail(run, session, session.ScoreLeases.Last().Fence, Fault.Machine, "Input/output error");
            run.Request(session);
            var from = run.Now;
            while (session.ScoreLeases.Count() == attempt)
            {
                run.Wait(TimeSpan.FromSeconds(1));
                run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat() });
            }

            waits.Add((run.Now - from).TotalSeconds);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300], waits);
        Assert.Null(run.Core.Files[0].Record.Failure);
    }

    [Fact]
    public void FileBad_ForTwoMachines_FailsAndItsOtherLeasesEnd()
    {
        using var run = new CoreHarness(40);
        var first = run.JoinIdle("a");
        var second = run.JoinIdle("b");
        run.End(first, first.ScoreLeases.Single().Fence, Outcome.FileBad, "row group 3 is damaged");
        Assert.Null(run.Core.Files[0].Record.Failure);

        run.End(second, second.ScoreLeases.Single().Fence, Outcome.FileBad, "row group 3 is damaged");

        Assert.True(run.Core.IsOver);
        Assert.Equal("row group 3 is damaged (seen on 2 machines)", run.Core.Files[0].Record.Failure);
        Assert.Empty(run.Core.Snapshot(run.Now).Quarantined);
    }

    [Fact]
    public void FileBad_ForTwoWorkersOfOneMachine_WaitsForAnotherMachineThatIsHere()
    {
        using var run = new CoreHarness(8);
        var first = JoinOn(run, "a", "host 1");
        var second = JoinOn(run, "b", "host 1");
        var elsewhere = JoinOn(run, "c", "host 2");
        run.Request(first);
        run.End(first, first.ScoreLeases.Single().Fence, Outcome.FileBad, "damaged");
        run.Request(second);
        run.Wait(Rest);
        Assert.Empty(second.ScoreLeases);

        run.Request(elsewhere);

        // It reads well there: the machine is at fault, not the file.
        run.Score(elsewhere, elsewhere.ScoreLeases.Single(), 0);
        run.Score(elsewhere, elsewhere.ScoreLeases.Single(), 1);
        Assert.Null(run.Core.Files[0].Record.Failure);
        Assert.Equal(FileStage.Scored, run.Core.Files[0].Stage);
    }

    [Fact]
    public void FileBad_OnTheOnlyMachine_IsLookedAtASecondTime()
    {
        using var run = new CoreHarness(8);
        var first = JoinOn(run, "a", "host 1");
        var second = JoinOn(run, "b", "host 1");
        run.Request(first);
        run.End(first, first.ScoreLeases.Single().Fence, Outcome.FileBad, "damaged");
        Assert.Null(run.Core.Files[0].Record.Failure);
        run.Request(second);
        run.Wait(Rest);

        run.End(second, second.ScoreLeases.Single().Fence, Outcome.FileBad, "damaged");

        Assert.Equal("damaged (seen twice on host 1, the only machine here)", run.Core.Files[0].Record.Failure);
    }

    [Fact]
    public void FileBad_InTheMiddle_FailsThoughHalfOfItIsScored()
    {
        using var run = new CoreHarness(16);
        var session = run.JoinIdle("a");
        run.Score(session, session.ScoreLeases.Single(), 0);
        run.Score(session, session.ScoreLeases.Single(), 1);
        run.End(session, session.ScoreLeases.Single().Fence, Outcome.FileBad, "row group 3 is damaged");
        run.Request(session);
        run.Wait(TimeSpan.FromSeconds(1));
        run.End(session, session.ScoreLeases.Last().Fence, Outcome.FileBad, "row group 3 is damaged");

        Assert.StartsWith("row group 3 is damaged", run.Core.Files[0].Record.Failure, StringComparison.Ordinal);
        Assert.Equal(8, run.Core.Snapshot(run.Now).RowsInFailed);
    }

    [Fact]
    public void File_ThreeHealthyWorkersCouldNotDoIt_Fails()
    {
        using var run = new CoreHarness([.. Enumerable.Repeat(8L, 12)]);
        var names = (string[])["a", "b", "c"];
        var sessions = names.Select(name => run.JoinIdle(name)).ToList();
        for (var step = 0; step < 200 && run.Core.Files[0].Stage != FileStage.Failed; step++)
        {
            foreach (var session in sessions)
            {
                foreach (var lease in session.ScoreLeases.Where(lease => IsHeld(run, lease.Fence)).ToList())
                {
                    if (lease.File.Index == 0)
                        run.End(session, lease.Fence, Outcome.Failed, "it fell over");
                    else
                        run.Score(session, lease, step % 2);
                }

                run.Request(session);
            }

            run.Wait(TimeSpan.FromSeconds(0.25));
        }

        Assert.StartsWith("failed ", run.Core.Files[0].Record.Failure, StringComparison.Ordinal);
        Assert.EndsWith("it fell over", run.Core.Files[0].Record.Failure, StringComparison.Ordinal);
        Assert.Empty(run.Core.Snapshot(run.Now).Quarantined);
    }

    [Fact]
    public void Failure_ReportedForALeaseThatWasRevokedMeanwhile_IsNobodys()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        var fence = session.ScoreLeases.Single().Fence;
        run.End(session, fence, Outcome.Failed, "it fell over");

        run.End(session, fence, Outcome.Failed, "again");

        Assert.Single(run.Core.Files[0].FailedAttempts);
    }

    [Fact]
    public void Digest_TheCoordinatorCannotReadForNow_IsReadAgainLater()
    {
        using var run = new CoreHarness(8);
        run.Core.Files[0].BeginDigest();
        run.Step(new RunCommand.DigestRead(0, Sha256: null, "Input/output error", MayPass: true));

        Assert.Null(run.Core.Files[0].Record.Failure);
        Assert.Equal(Fault.Machine, run.Core.Files[0].FailedAttempts.Single().Fault);
    }

    private static void FailWhatItHolds(CoreHarness run, FakeSession session, Fault fault)
    {
        foreach (var lease in session.ScoreLeases.Where(lease => IsHeld(run, lease.Fence)).ToList())
            Fail(run, session, lease.Fence, fault);
        foreach (var lease in session.BuildLeases.Where(lease => IsHeld(run, lease.Fence)).ToList())
            Fail(run, session, lease.Fence, fault);
        run.Request(session);
    }

    private static bool IsHeld(CoreHarness run, ulong fence) => run.Core.State.Leases.ContainsKey(fence);

    private static FakeSession Quarantine(CoreHarness run, string name)
    {
        var session = run.Join(name);
        for (var failure = 0; failure < 3; failure++)
        {
            run.Request(session);
            Fail(run, session, session.ScoreLeases.Last().Fence, Fault.Machine);
        }

        Assert.NotNull(run.Core.State.Workers[name].Quarantine);
        return session;
    }

    private static FakeSession JoinOn(CoreHarness run, string name, string machine) =>
        run.Join(name, hello => hello.Machine = machine);

    private static void Fail(
        CoreHarness run, FakeSession session, ulong fence, Fault fault, string reason = "it fell over") =>
        run.Say(session, new WorkerMessage
        {
            LeaseEnded = new LeaseEnded
            {
                Fence = fence,
                Outcome = fault == Fault.File ? Outcome.FileBad : Outcome.Failed,
                Fault = fault,
                Reason = reason,
            },
        });

    private static void Allow(CoreHarness run, string name)
    {
        var answer = new TaskCompletionSource<ControlAnswer>();
        run.Step(new RunCommand.Control(new ControlRequest.Allow(new NamePatterns([name])), answer));
        Assert.True(answer.Task.IsCompletedSuccessfully);
    }
}
