using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What a person asks of a run in vain, and what it is told then.</summary>
public sealed class ControlRefusalTests : IDisposable
{
    private readonly CoreHarness _run = new(8, 8, 0);

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Paths_AreThoseOfRequests()
    {
        var names = Names("a", "b*");

        Assert.Equal(
            new SortedDictionary<string, ControlRequest>(StringComparer.Ordinal)
            {
                ["files/retry"] = new ControlRequest.Retry(names),
                ["files/skip"] = new ControlRequest.Skip(names),
                ["pause"] = new ControlRequest.Pause(GiveBack: false),
                ["pause/now"] = new ControlRequest.Pause(GiveBack: true),
                ["resume"] = new ControlRequest.Resume(),
                ["workers/allow"] = new ControlRequest.Allow(names),
                ["workers/ban"] = new ControlRequest.Ban(names),
                ["workers/drain"] = new ControlRequest.Drain(names),
            },
            new SortedDictionary<string, ControlRequest>(
                ControlRequest.ByPath.ToDictionary(pair => pair.Key, pair => pair.Value(names)), StringComparer.Ordinal));
        Assert.Equal("a, b*", names.ToString());
    }

    [Fact]
    public void Allow_WhereNothingIsForbidden_SaysNothingOfBans() => Assert.Equal(
        "no ban and no quarantine is on a, b", Refusal(new ControlRequest.Allow(Names("a", "b"))));

    [Fact]
    public void Allow_LiftsWhatMatchesAlone()
    {
        Ask(new ControlRequest.Ban(Names("a1", "a2", "b1")));

        Assert.Equal(["a1", "a2"], Ask(new ControlRequest.Allow(Names("a*"))).Done);

        Assert.Equal(["b1"], _run.Ledger.Load()!.Bans);
        Assert.Equal(["a1", "a2"], _run.Events.OfType<RunEvent.BanLifted>().Select(lifted => lifted.Worker));
    }

    [Fact]
    public void Retry_WhereNothingHasFailed_SaysWhereToLook() => Assert.Equal(
        "no failed file matches 0.parquet; 'coordinator files --failed' lists them",
        Refusal(new ControlRequest.Retry(Names("0.parquet"))));

    [Fact]
    public void Skip_OfAFileWhoseShardIsOnItsWay_IsRefused()
    {
        var builder = _run.Join("a");
        for (var i = 0; i < 3; i++)
            _run.Request(builder);
        _run.Deliver(builder.BuildLeases.Single(), finish: false);

        Assert.Equal(
            "no file that could be skipped matches 2.parquet; 'coordinator files --open' lists them",
            Refusal(new ControlRequest.Skip(Names("2.parquet"))));
        Assert.Equal(["0.parquet", "1.parquet"], Ask(new ControlRequest.Skip(Names("*"))).Done);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "; there are w0")]
    [InlineData(10, "; there are w0, w1, w2, w3, w4, w5, w6, w7, w8, w9")]
    [InlineData(12, "; there are w0, w1, w10, w11, w2, w3, w4, w5, w6, w7 and 2 more")]
    public void Drain_OfNobody_NamesTenWhoAreHere(int workers, string known)
    {
        for (var worker = 0; worker < workers; worker++)
            _run.Join($"w{worker}");

        Assert.Equal($"no worker here matches x{known}", Refusal(new ControlRequest.Drain(Names("x"))));
    }

    [Fact]
    public void Worker_IsAlsoMeantByItsId()
    {
        _run.Join("5f1c", hello => hello.Name = "node 7");

        Assert.Equal(["node 7"], Ask(new ControlRequest.Drain(Names("5f1c"))).Done);

        Assert.Equal("node 7", _run.Events.OfType<RunEvent.WorkerDrained>().Single().Worker);
    }

    [Fact]
    public void Ban_IsToldToWhoeverIsHereAndItsWorkIsFree()
    {
        var (banned, other) = (_run.JoinIdle("bad"), _run.JoinIdle("good"));

        Ask(new ControlRequest.Ban(Names("bad")));

        Assert.Equal(
            "a person has banned bad from this run ('coordinator workers allow' takes it back)", banned.Rejection!.Reason);
        Assert.True(banned.IsClosed);
        Assert.Equal(1, _run.Core.Sessions);
        Assert.Equal(["good"], _run.Core.State.Leases.Values.Select(lease => lease.WorkerId));
        Assert.Null(other.Rejection);
        Assert.Equal("bad", _run.Events.OfType<RunEvent.WorkerBanned>().Single().Worker);
        Assert.Equal(["bad"], _run.Ledger.Load()!.Bans);
    }

    [Fact]
    public void Pause_IsToldToThoseWhoComeAsItWasAskedFor()
    {
        Ask(new ControlRequest.Pause(GiveBack: true));

        Assert.True(_run.Join("a").Received.Last().Paused.GiveBack);
        Assert.True(_run.Events.OfType<RunEvent.RunPaused>().Single().GiveBack);
        Assert.True(_run.Ledger.Load()!.Paused);
        Ask(new ControlRequest.Resume());
        Assert.DoesNotContain(_run.Join("b").Received, message => message.Paused is not null);
        Assert.Single(_run.Events.OfType<RunEvent.RunResumed>());
        Assert.False(_run.Ledger.Load()!.Paused);
    }

    [Fact]
    public void Run_Over_CanStillBeResumed()
    {
        Ask(new ControlRequest.Pause(GiveBack: false));
        Ask(new ControlRequest.Skip(Names("*")));

        Assert.Equal("the run is over: every file has ended", Refusal(new ControlRequest.Pause(GiveBack: false)));
        Assert.Equal(["run"], Ask(new ControlRequest.Resume()).Done);
    }

    [Fact]
    public void Reopen_OfAFileThatHasNotFailed_DoesNothing()
    {
        var change = new LedgerChange.FileReplaced(_run.Core.Files[0].Record with { Rows = 40 }, DropScores: true);

        Assert.Empty(Ask(new ControlRequest.Reopen([change])).Done);

        Assert.Equal(8, _run.Core.Files[0].Rows);
        Assert.Empty(_run.Events.OfType<RunEvent.FileReopened>());
    }

    /// <summary>Of which nothing was scored, it may be another one.</summary>
    [Fact]
    public void Reopen_OfAnotherFileWithoutScores_IsTaken()
    {
        Ask(new ControlRequest.Skip(Names("0.parquet")));
        var change = new LedgerChange.FileReplaced(
            _run.Core.Files[0].Record with { Rows = 40, Failure = null }, DropScores: true);

        Assert.Equal(["0.parquet"], Ask(new ControlRequest.Reopen([change])).Done);

        Assert.Equal((40L, FileStage.Scoring), (_run.Core.Files[0].Rows, _run.Core.Files[0].Stage));
        Assert.Equal("0.parquet", _run.Events.OfType<RunEvent.FileReopened>().Single().File);
    }

    /// <summary>One minute, two, four, eight, and then ten for ever: what they share may be away for days.</summary>
    [Fact]
    public void Quarantine_OfMachines_IsLiftedAfterAWhileThatGrowsToTenMinutes()
    {
        using var run = new CoreHarness([.. Enumerable.Repeat(8L, 6)]);
        var session = run.Join("a");
        var allowed = new List<double>();
        while (run.Now < TimeSpan.FromSeconds(2800))
        {
            run.Request(session);
            foreach (var lease in session.ScoreLeases.Where(lease => run.Core.State.Leases.ContainsKey(lease.Fence)).ToList())
                run.Say(session, new WorkerMessage
                {
                    LeaseEnded = new LeaseEnded
                    {
                        Fence = lease.Fence,
                        Outcome = Outcome.Failed,
                        Fault = Fault.Machine,
                        Reason = "Input/output error",
                    },
                });
            if (run.Core.State.Workers["a"].Quarantine is null)
                continue;
            run.Wait(TimeSpan.FromSeconds(20));
            allowed.AddRange(run.Events.OfType<RunEvent.WorkerAllowed>().Skip(allowed.Count)
                .Select(_ => run.Now.TotalSeconds));
        }

        Assert.Equal([60, 180, 420, 900, 1500, 2100, 2700], allowed);
    }

    [Fact]
    public void Quarantine_OfADevice_IsNotLiftedByItself()
    {
        var sick = _run.JoinIdle("sick");
        _run.Say(sick, new WorkerMessage
        {
            LeaseEnded = new LeaseEnded { Fence = 1, Outcome = Outcome.Failed, Fault = Fault.Device, Reason = "lost" },
        });
        for (var i = 0; i < 40; i++)
        {
            _run.Wait(TimeSpan.FromSeconds(20));
            _run.Say(sick, new WorkerMessage { Heartbeat = new Heartbeat() });
        }

        Assert.Empty(_run.Events.OfType<RunEvent.WorkerAllowed>());
        Assert.Single(_run.Events.OfType<RunEvent.NoHealthyWorker>());
    }

    private static NamePatterns Names(params string[] names) => new(names);

    private ControlAnswer Ask(ControlRequest request)
    {
        var answer = new TaskCompletionSource<ControlAnswer>();
        _run.Step(new RunCommand.Control(request, answer));
        Assert.True(answer.Task.IsCompleted, "no answer");
        return answer.Task.Result;
    }

    private string? Refusal(ControlRequest request)
    {
        var answer = Ask(request);
        Assert.Empty(answer.Done);
        return answer.Refusal;
    }
}
