using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>A file from its scores to its shard, or to its failure.</summary>
public sealed class FileTests
{
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
    public void File_FailsAgainWhileItWaits_IsHandedOutAtItsLaterTime()
    {
        using var run = new CoreHarness(40);
        var (first, second) = (run.JoinIdle("a"), run.JoinIdle("b"));
        run.End(first, first.ScoreLeases.Single().Fence, Outcome.Failed, "no memory");
        run.Wait(TimeSpan.FromSeconds(0.5));
        run.End(second, second.ScoreLeases.Single().Fence, Outcome.Failed, "no memory");
        var third = run.JoinIdle("c");

        run.Wait(TimeSpan.FromSeconds(1));
        Assert.Empty(third.ScoreLeases);
        run.Wait(TimeSpan.FromSeconds(10));

        Assert.Single(third.ScoreLeases);
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
        var answer = new TaskCompletionSource<PreparedShard>();
        var shard = new Coordinator.Ledger.ShardRecord(0, "x", lease.Fence, 1, "", 1, 0, 0, [], Done: false);

        run.Step(new RunCommand.PrepareShard(shard, answer));

        Assert.Contains("1 rows in", (await answer.Task).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Shard_CannotBePutInItsPlace_IsBuiltAgainAndNeverTheFilesFault()
    {
        using var run = new CoreHarness(0);
        var session = run.JoinIdle("a");
        for (var i = 0; i < 5; i++)
        {
            run.Deliver(session.BuildLeases.Last(), finish: false);
            run.Step(new RunCommand.FinishShard(0, "read-only", new TaskCompletionSource()));
            run.Request(session);
            run.Wait(TimeSpan.FromSeconds(10));
            run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat() });
        }

        Assert.Equal(6, session.BuildLeases.Count());
        Assert.Null(run.Core.Files[0].Record.Failure);
        Assert.Contains(
            "read-only", run.Events.OfType<RunEvent.AttemptFailed>().Last().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_IsFull_IsNeitherTheFilesFaultNorTheWorkers()
    {
        using var run = new CoreHarness(0);
        var session = run.JoinIdle("a");
        for (var i = 0; i < 5; i++)
        {
            run.Say(session, new WorkerMessage
            {
                LeaseEnded = new LeaseEnded
                {
                    Fence = session.BuildLeases.Last().Fence,
                    Outcome = Outcome.Failed,
                    Fault = Fault.OutputDisk,
                    Reason = "no room",
                },
            });
            run.Request(session);
            run.Wait(TimeSpan.FromSeconds(20));
            run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat() });
        }

        Assert.Equal(6, session.BuildLeases.Count());
        Assert.Null(run.Core.Files[0].Record.Failure);
        Assert.Null(run.Core.State.Workers["a"].Quarantine);
        Assert.All(
            run.Events.OfType<RunEvent.AttemptFailed>(),
            failed => Assert.Equal(run.Core.Files[0].Record.Size, failed.OutputLacks));
    }
}
