using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What a person changes of a live run.</summary>
public sealed class ControlTests : IDisposable
{
    private readonly CoreHarness _run = new(8, 8);

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Pause_GivesNothingOut_WhatIsHeldGoesOn()
    {
        var worker = _run.JoinIdle("w");
        var held = worker.ScoreLeases.Single();
        Ask(new ControlRequest.Pause(GiveBack: false));
        Assert.False(worker.Received.Last().Paused.GiveBack);

        _run.Score(worker, held, window: 0);
        _run.Request(worker);
        _run.JoinIdle("other");

        Assert.Single(worker.ScoreLeases);
        Assert.Empty(worker.Revoked);
        Assert.Equal(4, _run.Core.Totals.Rows);
        Assert.True(_run.Core.Snapshot(_run.Now).Paused);
    }

    [Fact]
    public void Resume_AnswersTheRequestsThatWereOpen()
    {
        Ask(new ControlRequest.Pause(GiveBack: false));
        var worker = _run.JoinIdle("w");
        Assert.Empty(worker.ScoreLeases);
        Assert.NotNull(worker.Received.Last().Paused);

        Ask(new ControlRequest.Resume());

        Assert.Single(worker.ScoreLeases);
        Assert.Equal("the run is not paused", AskRefused(new ControlRequest.Resume()));
    }

    [Fact]
    public void PauseNow_AsksForWhatIsHeld_AndGivesItToNobody()
    {
        var worker = _run.JoinIdle("w");
        Ask(new ControlRequest.Pause(GiveBack: true));
        Assert.True(worker.Received.Last().Paused.GiveBack);

        _run.End(worker, worker.ScoreLeases.Single().Fence, LeaseEnded.Types.Outcome.Returned);
        _run.Request(worker);

        Assert.Single(worker.ScoreLeases);
        Assert.Empty(_run.Core.State.Leases);
    }

    [Fact]
    public void Pause_OutlivesARestart()
    {
        Ask(new ControlRequest.Pause(GiveBack: false));

        _run.Restart();

        Assert.Empty(_run.JoinIdle("w").ScoreLeases);
        Ask(new ControlRequest.Resume());
        _run.Restart();
        Assert.Single(_run.JoinIdle("w").ScoreLeases);
    }

    [Fact]
    public void Drain_TellsTheWorkerAloneToLeave_AndGivesItNothingMore()
    {
        var (drained, other) = (_run.JoinIdle("node7/cpu"), _run.JoinIdle("node8/cpu"));

        Assert.Equal(["node7/cpu"], Ask(new ControlRequest.Drain(Names("node7*"))).Done);

        Assert.True(drained.Received.Last().Drain.Leave);
        Assert.DoesNotContain(other.Received, message => message.Drain is not null);
        _run.End(drained, drained.ScoreLeases.Single().Fence, LeaseEnded.Types.Outcome.Returned);
        _run.Request(drained);
        Assert.Single(drained.ScoreLeases);
    }

    [Fact]
    public void Drain_WorkerThatIsAway_LosesItsWorkAtOnce()
    {
        var away = _run.JoinIdle("away");
        _run.Step(new RunCommand.SessionEnded(away));
        Assert.NotEmpty(_run.Core.State.Leases);

        Ask(new ControlRequest.Drain(Names("away")));

        Assert.Empty(_run.Core.State.Leases);
        Assert.Empty(_run.Core.State.Workers);
    }

    [Fact]
    public void Drain_TheOnlyWorker_IsNoStandstillOfTheRun()
    {
        _run.JoinIdle("node7/cpu");

        Ask(new ControlRequest.Drain(Names("node7*")));

        Assert.Null(_run.Core.Standstill);
        Assert.Empty(_run.Events.OfType<RunEvent.NoHealthyWorker>());
    }

    [Fact]
    public void Drain_ConnectionBreaksBeforeTheWorkerHears_ItIsToldWhenItIsBack()
    {
        var drained = _run.JoinIdle("w");
        var fence = drained.ScoreLeases.Single().Fence;
        Ask(new ControlRequest.Drain(Names("w")));
        _run.Step(new RunCommand.SessionEnded(drained));

        var back = _run.Join("w", hello => hello.HeldLeases.Add(fence));

        Assert.True(back.Received.Last().Drain.Leave);
    }

    [Fact]
    public void Ban_TheSecretOfTheSessionIsWorthNothingAnyMore()
    {
        var banned = _run.JoinIdle("w");

        Ask(new ControlRequest.Ban(Names("w")));

        var answer = new TaskCompletionSource<FileRecord?>();
        _run.Step(new RunCommand.FindReader(new Secret(banned.Welcome.Session), Input: null, answer));
        Assert.IsType<UnknownSessionException>(answer.Task.Exception?.InnerException);
    }

    [Fact]
    public void Ban_WorkerThatIsExpectedBack_IsNotWaitedFor()
    {
        _run.JoinIdle("w");
        _run.Restart();
        Assert.Equal(1, _run.Core.Awaited);

        Ask(new ControlRequest.Ban(Names("w")));

        Assert.Equal(0, _run.Core.Awaited);
    }

    [Fact]
    public void Drain_NobodyOfThatName_IsRefusedWithTheNames()
    {
        _run.Join("b");
        _run.Join("a");

        Assert.Equal("no worker here matches c; there are a, b", AskRefused(new ControlRequest.Drain(Names("c"))));
    }

    [Fact]
    public void Ban_TurnsTheWorkerAway_NowAndLater_UntilItIsAllowed()
    {
        var banned = _run.JoinIdle("node7/cpu");
        var file = banned.ScoreLeases.Single().File.Index;

        Ask(new ControlRequest.Ban(Names("node7*")));

        Assert.True(banned.Rejection!.Permanent);
        Assert.True(banned.IsClosed);
        Assert.Equal(file, _run.JoinIdle("node8/cpu").ScoreLeases.Single().File.Index);
        Assert.Contains("has banned node7*", _run.Join("node7/cpu").Rejection!.Reason, StringComparison.Ordinal);

        _run.Restart();
        Assert.NotNull(_run.Join("node7/gpu").Rejection);
        Assert.Equal(["node7*"], _run.Core.Snapshot(_run.Now).Banned);

        Assert.Equal(["node7*"], Ask(new ControlRequest.Allow(Names("node7*"))).Done);
        Assert.Null(_run.Join("node7/gpu").Rejection);
        _run.Restart();
        Assert.Null(_run.Join("node7/gpu").Rejection);
    }

    [Fact]
    public void Allow_OfNoUse_NamesTheBans()
    {
        Ask(new ControlRequest.Ban(Names("node7*")));

        Assert.Equal(
            "no ban and no quarantine is on node71; bans are on node7*", AskRefused(new ControlRequest.Allow(Names("node71"))));
    }

    [Fact]
    public void Allow_LiftsAQuarantine()
    {
        var sick = _run.JoinIdle("node7/cuda:0");
        _run.Say(sick, new WorkerMessage
        {
            LeaseEnded = new LeaseEnded
            {
                Fence = sick.ScoreLeases.Single().Fence,
                Outcome = LeaseEnded.Types.Outcome.Failed,
                Fault = LeaseEnded.Types.Fault.Device,
                Reason = "an illegal address",
            },
        });
        Assert.Single(_run.Core.Snapshot(_run.Now).Quarantined);

        Assert.Equal(["node7/cuda:0"], Ask(new ControlRequest.Allow(Names("node7*"))).Done);

        Assert.Empty(_run.Core.Snapshot(_run.Now).Quarantined);
        Assert.Contains(sick.Received, message => message.Allowed is not null);
    }

    [Fact]
    public void Skip_EndsTheFileAndAllWorkOnIt()
    {
        var worker = _run.JoinIdle("w");

        Assert.Equal(["0.parquet"], Ask(new ControlRequest.Skip(Names("0*"))).Done);

        Assert.Single(worker.Revoked);
        Assert.Equal((FileStage.Failed, FileRecord.Skipped), (_run.Core.Files[0].Stage, _run.Core.Files[0].Record.Failure));
        _run.Restart();
        Assert.Equal(FileRecord.Skipped, _run.Core.Files[0].Record.Failure);
        Assert.StartsWith("no file that could be skipped matches 0.parquet", AskRefused(new ControlRequest.Skip(Names("0.parquet"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Retry_FailedFile_IsGivenOutAgain_WithWhatWasScored()
    {
        var worker = _run.JoinIdle("w");
        _run.Score(worker, worker.ScoreLeases.Single(), window: 0);
        _run.End(worker, worker.ScoreLeases.Single().Fence, LeaseEnded.Types.Outcome.FileBad, "damaged");
        _run.Wait(TimeSpan.FromSeconds(2));
        _run.Request(worker);
        _run.End(worker, worker.ScoreLeases.Last().Fence, LeaseEnded.Types.Outcome.FileBad, "damaged");
        Assert.Equal(8, _run.Core.Snapshot(_run.Now).Rows);

        var failed = Ask(new ControlRequest.Retry(Names("*"))).Files;
        Assert.Equal(["0.parquet"], failed.Select(file => file.Name));
        Ask(new ControlRequest.Reopen([Replaced(failed[0], failed[0].Rows)]));

        var snapshot = _run.Core.Snapshot(_run.Now);
        Assert.Equal((0, 16L, 4L), (snapshot.FilesFailed, snapshot.Rows, snapshot.RowsScored));
        Assert.Empty(_run.Core.Files[0].FailedAttempts);
        var next = _run.JoinIdle("next").ScoreLeases.Single();
        Assert.Equal((0u, 1u), (next.File.Index, next.CompleteWindows.Count > 0 ? 1u : next.FirstWindow));
        _run.Restart();
        Assert.Equal((FileStage.Scoring, 4L), (_run.Core.Files[0].Stage, _run.Core.Files[0].Totals.Rows));
    }

    [Fact]
    public void Retry_FileThatHasMoreRowsNow_IsScoredWhole()
    {
        Ask(new ControlRequest.Skip(Names("1.parquet")));
        Ask(new ControlRequest.Reopen([Replaced(_run.Core.Files[1].Record, rows: 12)]));

        Assert.Equal((3, 20L), (_run.Core.Files[1].Windows, _run.Core.Snapshot(_run.Now).Rows));
        _run.JoinIdle("first");
        Assert.Equal(3u, _run.JoinIdle("second").ScoreLeases.Single().EndWindow);
    }

    [Fact]
    public void Retry_OtherContentThanWasScored_IsRefused()
    {
        var worker = _run.JoinIdle("w");
        _run.Score(worker, worker.ScoreLeases.Single(), window: 0);
        Ask(new ControlRequest.Skip(Names("0.parquet")));

        Assert.Contains(
            "--on-changed-input rescore",
            AskRefused(new ControlRequest.Reopen([Replaced(_run.Core.Files[0].Record, rows: 12)])), StringComparison.Ordinal);
        Assert.Equal(FileStage.Failed, _run.Core.Files[0].Stage);
    }

    [Fact]
    public void RunIsOver_NothingIsChangedAnyMore()
    {
        Ask(new ControlRequest.Skip(Names("*")));

        Assert.StartsWith("the run is over", AskRefused(new ControlRequest.Retry(Names("*"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node7/cpu/12", "node7/cpu/12", true)]
    [InlineData("*cuda*", "node7/cuda:0/12", true)]
    [InlineData("node?/*", "node7/cuda:0/12", true)]
    [InlineData("node7", "node7/cpu/12", false)]
    [InlineData("NODE7*", "node7/cpu/12", false)]
    [InlineData("a[1].parquet", "a[1].parquet", true)]
    [InlineData("a\\b*", "a\\b*", true)]
    public void Patterns_StarAndQuestionMarkAlone_StandForOthers(string pattern, string name, bool expected) =>
        Assert.Equal(expected, Names(pattern).Match(name));

    private static LedgerChange.FileReplaced Replaced(FileRecord file, long rows) =>
        new(file with { Failure = null, Rows = rows }, DropScores: rows != file.Rows);

    private static NamePatterns Names(params string[] names) => new(names);

    private ControlAnswer Ask(ControlRequest request)
    {
        var answer = AskAny(request);
        Assert.Null(answer.Refusal);
        return answer;
    }

    private string AskRefused(ControlRequest request) => AskAny(request).Refusal ?? "not refused";

    private ControlAnswer AskAny(ControlRequest request)
    {
        var answer = new TaskCompletionSource<ControlAnswer>();
        _run.Step(new RunCommand.Control(request, answer));
        return answer.Task.IsCompleted ? answer.Task.Result : throw new InvalidOperationException("no answer");
    }
}
