using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Sessions from Hello to their end: what is said to whom, and who counts as being here.</summary>
public sealed class DeskTests
{
    [Fact]
    public void Worker_IsCalledByItsNameAndItsDevice()
    {
        using var run = new CoreHarness(8);
        run.Join("5f1c", hello => (hello.Name, hello.DeviceName) = ("node 7", "A processor"));
        run.Join("6a2d", hello => hello.Name = "");
        run.Join("7b3e", hello => hello.Name = new string('n', 150));

        Assert.Equal(
            [("node 7", "A processor"), ("6a2d", "cpu"), (new string('n', 99) + "…", "cpu")],
            run.Events.OfType<RunEvent.WorkerJoined>().Select(joined => (joined.Worker, joined.Device)));
        Assert.Equal(3, run.Core.Sessions);
    }

    [Fact]
    public void Session_Newer_TakesThePlaceOfTheFirst()
    {
        using var run = new CoreHarness(8);
        var first = run.JoinIdle("a");

        var second = run.Join("a", hello => hello.HeldLeases.Add(1));

        Assert.Equal("replaced by a newer session of the same worker", first.Error);
        Assert.Equal(1, run.Core.Sessions);
        Assert.NotEqual(first.Welcome.Session, second.Welcome.Session);
        Assert.Null(FindReader(run, second).Exception);
        Assert.IsType<UnknownSessionException>(FindReader(run, first).Exception!.InnerException);
        // The end of the old one is not that of the worker.
        run.Step(new RunCommand.SessionEnded(first));
        Assert.Equal(1, run.Core.Sessions);
        Assert.Single(run.Core.State.Leases);
    }

    [Fact]
    public void Session_Ended_WorkerIsToldNothingThereAndGoesWhereItHoldsNothing()
    {
        using var run = new CoreHarness(40);
        var (gone, idle) = (run.JoinIdle("gone"), run.Join("idle"));
        run.Step(new RunCommand.SessionEnded(gone), new RunCommand.SessionEnded(idle));
        var heard = gone.Received.Count;

        Assert.Equal(["idle"], run.Events.OfType<RunEvent.WorkerLeft>().Select(left => left.Worker));
        Assert.Equal(["gone"], run.Core.State.Workers.Keys);
        Assert.Equal(0, run.Core.Sessions);
        Assert.True(gone.IsClosed);
        Assert.Null(gone.Error);
        // Its lease is shared with another one, and it cannot hear of that.
        run.JoinIdle("other");
        Assert.Equal(heard, gone.Received.Count);
    }

    [Fact]
    public void Goodbye_GivesWhatIsHeldToOthers()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.Say(session, new WorkerMessage { Goodbye = new Goodbye() });

        Assert.Empty(run.Core.State.Leases);
        Assert.Empty(run.Core.State.Workers);
        Assert.Empty(run.Ledger.Load()!.Leases);
        Assert.True(session.IsClosed);
    }

    [Fact]
    public void Hello_Twice_IsRefused()
    {
        using var run = new CoreHarness(8);
        var session = run.Join("a");

        run.Say(session, new WorkerMessage { Hello = new Hello { WorkerId = "a", Name = "a" } });

        Assert.Equal("Hello came twice in one session", session.Rejection!.Reason);
        Assert.True(session.Rejection.Permanent);
    }

    [Fact]
    public void Hello_Refused_IsClosedWithoutAnError()
    {
        using var run = new CoreHarness(8);

        var refused = run.Join("a", hello => hello.ProgramVersion = "9.9");

        Assert.True(refused.IsClosed);
        Assert.Null(refused.Error);
        Assert.Equal(0, run.Core.Sessions);
        Assert.Empty(run.Core.State.Workers);
    }

    [Fact]
    public void Message_BeforeHello_IsToldWhatIsWrong()
    {
        using var run = new CoreHarness(8);
        var session = new FakeSession();

        run.Request(session);

        Assert.Equal("Hello must be the first message of a session", session.Error);
    }

    [Fact]
    public void Protocol_Broken_EndsTheSessionAndWhatItHolds()
    {
        using var run = new CoreHarness(8);
        var (inSession, before) = (run.JoinIdle("a"), new FakeSession());

        run.Step(new RunCommand.Broken(inSession, "a flood"), new RunCommand.Broken(before, "a flood"));

        Assert.Equal("it broke the protocol: a flood", inSession.Rejection!.Reason);
        Assert.True(inSession.Rejection.Permanent);
        Assert.Equal("it broke the protocol: a flood", before.Error);
        Assert.Empty(run.Core.State.Leases);
        Assert.Empty(run.Core.State.Workers);
        Assert.Equal(
            "it broke the protocol: a flood", run.Events.OfType<RunEvent.WorkerTurnedAway>().Single().Reason);
    }

    [Fact]
    public void Message_ThatNoWorkerSends_EndsTheSession()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.Say(session, new WorkerMessage { FileOpened = new FileOpened { Fence = 1, Sha256 = "none" } });

        Assert.Equal(
            "it broke the protocol: the digest of a file that it opened is none", session.Rejection!.Reason);
        Assert.Equal(0, run.Core.Sessions);
    }

    [Fact]
    public void Worker_Silent_IsToldWhenItIsGivenUp()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.Wait(CoreHarness.Timeout);

        Assert.Equal("no message within the heartbeat time-out", session.Error);
        Assert.Equal(("a", 30.0), run.Events.OfType<RunEvent.WorkerLost>().Select(lost => (lost.Worker, lost.SilentSeconds)).Single());
        Assert.Equal(0, run.Core.Sessions);
    }

    [Fact]
    public void Settled_WhoeverDoesNotFit_IsHereNoMore()
    {
        using var run = CoreHarness.Settling(TimeSpan.FromSeconds(20), 8);
        var cpu = run.Join("cpu");
        Assert.Equal(1, run.Core.Sessions);

        run.Join("gpu", hello =>
        {
            hello.DeviceKind = "cuda";
            hello.Dtypes.Add(Dtype.Fp16);
        });

        Assert.True(cpu.IsClosed);
        Assert.Equal(1, run.Core.Sessions);
        Assert.Equal(["gpu"], run.Core.State.Workers.Keys);
    }

    [Fact]
    public void Run_Over_IsToldToWhoeverComesAndAsks()
    {
        using var run = new CoreHarness(0);
        var builder = run.JoinIdle("a");
        run.Deliver(builder.BuildLeases.Single());
        Assert.Equal(1, RunOvers(builder));

        var late = run.Join("late");
        Assert.Equal(1, RunOvers(late));
        run.Request(late);

        Assert.Equal(2, RunOvers(late));
        // Once to those who hear of it themselves.
        run.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(1, RunOvers(builder));

        static int RunOvers(FakeSession session) => session.Received.Count(message => message.RunOver is not null);
    }

    [Fact]
    public void Drain_AskedForTwice_IsToldOnce()
    {
        using var run = new CoreHarness(8);
        var session = run.Join("a");

        run.Step(new RunCommand.Drain(), new RunCommand.Drain());

        Assert.Single(session.Received, message => message.Drain is not null);
        Assert.Equal("the coordinator is shutting down", run.Join("b").Rejection!.Reason);
    }

    [Fact]
    public void Quarantined_ThatComesBack_IsToldAgain()
    {
        using var run = new CoreHarness(8, 8);
        var sick = run.JoinIdle("sick");
        run.Say(sick, new WorkerMessage
        {
            LeaseEnded = new LeaseEnded { Fence = 1, Outcome = Outcome.Failed, Fault = Fault.Device, Reason = "lost" },
        });
        run.Step(new RunCommand.SessionEnded(sick));

        var back = run.JoinIdle("sick");

        Assert.Equal("its device has failed: lost", back.Received.Single(m => m.Quarantined is not null).Quarantined.Reason);
        Assert.Empty(back.ScoreLeases);
        Assert.DoesNotContain(run.Join("other").Received, message => message.Quarantined is not null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Process_Ended_IsWaitedForWhereItIsAnotherMachines(bool isOurs)
    {
        using var run = new CoreHarness(8);
        var machine = isOurs ? Environment.MachineName : "elsewhere";
        var session = run.Join("a", hello => (hello.Machine, hello.ProcessId) = (machine, 4711));
        run.Request(session);
        run.Step(new RunCommand.SessionEnded(session));

        run.Step(new RunCommand.ProcessEnded(4712));
        Assert.Single(run.Core.State.Leases);
        run.Step(new RunCommand.ProcessEnded(4711));

        Assert.Equal(isOurs ? 0 : 1, run.Core.State.Leases.Count);
    }

    [Fact]
    public async Task Reader_HasOnlyWhatItHolds()
    {
        using var run = new CoreHarness(8, 8);
        var session = run.JoinIdle("a");

        Assert.Equal("0.parquet", (await FindReader(run, session, input: 0))!.Name);
        Assert.Null(await FindReader(run, session, input: 1));
        Assert.Null(await FindReader(run, session, input: null));
    }

    [Fact]
    public void Build_OfAnotherSession_IsNotFound()
    {
        using var run = new CoreHarness(0, 0);
        var (builder, other) = (run.JoinIdle("a"), run.JoinIdle("b"));
        var fence = builder.BuildLeases.Single().Fence;

        Assert.Equal("0.parquet", FindBuild(run, builder, fence).Open!.File.Name);
        Assert.Equal(default, FindBuild(run, other, fence));
        Assert.Equal(default, FindBuild(run, builder, 77));
    }

    private static FoundBuild FindBuild(CoreHarness run, FakeSession session, ulong fence)
    {
        var answer = new TaskCompletionSource<FoundBuild>();
        run.Step(new RunCommand.FindBuild(new Secret(session.Welcome.Session), fence, answer));
        return answer.Task.IsCompleted ? answer.Task.Result : throw new InvalidOperationException("no answer");
    }

    private static Task<FileRecord?> FindReader(CoreHarness run, FakeSession session, uint? input = null)
    {
        var answer = new TaskCompletionSource<FileRecord?>();
        run.Step(new RunCommand.FindReader(new Secret(session.Welcome.Session), input, answer));
        Assert.True(answer.Task.IsCompleted, "no answer");
        return answer.Task;
    }
}
