using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Who gets which work, and what ends it.</summary>
public sealed class LeaseTests
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
    public void Lease_AfterARestart_HasAFenceOfItsOwn()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        run.End(session, session.ScoreLeases.Single().Fence, Outcome.Returned);

        run.Restart();

        Assert.Equal(2UL, run.JoinIdle("b").ScoreLeases.Single().Fence);
    }

    [Fact]
    public void Lease_FenceDrawnThatIsTakenOrWasGivenBefore_HasAnother()
    {
        using var run = new CoreHarness(new Queue<ulong>([5, 0, 5, 6, 5, 6, 7]), 8, 8, 8);
        var session = run.JoinIdle("a");
        run.JoinIdle("b");

        run.End(session, 5, Outcome.Returned);
        run.Request(session);

        Assert.Equal([5UL, 7UL], session.ScoreLeases.Select(lease => lease.Fence));
        Assert.Equal([6UL, 7UL], run.Core.State.Leases.Keys.Order());
    }

    [Theory]
    [InlineData("opened")]
    [InlineData("scores")]
    [InlineData("ended")]
    public void Report_MadeForAnotherRun_IsRefusedAndEndsTheLease(string kind)
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        var report = kind switch
        {
            "opened" => CoreHarness.Opened(lease, rows: 8),
            "scores" => CoreHarness.Report(lease.Fence, 0, [0], [1f]),
            _ => new WorkerMessage
            {
                LeaseEnded = new LeaseEnded { Fence = lease.Fence, Outcome = Outcome.FileBad, Reason = "it is" },
            },
        };

        run.Say(session, ReportsOfWorkers.OfRun(report, "another run's digest"));

        Assert.Contains("another run", session.Revoked.Single().Reason, StringComparison.Ordinal);
        Assert.Equal(kind == "scores" ? 1 : 0, session.Acknowledged);
        Assert.Equal((0L, FileStage.Scoring), (run.Core.Totals.Rows, run.Core.Files[0].Stage));
        Assert.Null(run.Core.Files[0].Record.Sha256);
        Assert.Empty(run.Core.State.Leases);
    }

    [Theory]
    [InlineData("dtype")]
    [InlineData("model")]
    [InlineData("column")]
    public void RunDigest_OfARunThatDiffers_IsAnother(string what)
    {
        var run = Runs.Run();
        var other = what switch
        {
            "dtype" => Messages.Describe(run with { Dtype = Dtype.Bf16 }, Runs.Spec),
            "model" => Messages.Describe(
                run with { Model = Runs.Model with { Digest = new string('9', 64) } }, Runs.Spec),
            _ => Messages.Describe(run, Runs.Spec with { TextColumn = "body" }),
        };
        var moved = Messages.Describe(run with { Model = Runs.Model with { Path = "/elsewhere" } }, Runs.Spec);

        Assert.NotEqual(Messages.Describe(run, Runs.Spec).Digest, other.Digest);
        Assert.Equal(Messages.Describe(run, Runs.Spec).Digest, moved.Digest);
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
    public void Completed_ScoresMissing_CountsAsAFailure()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        run.Score(session, session.ScoreLeases.Single(), 0);

        run.End(session, 1, Outcome.Completed);

        var failed = run.Events.OfType<RunEvent.AttemptFailed>().Single();
        Assert.Contains("missing", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void FileOpened_OtherContentThanBefore_EndsTheLease()
    {
        using var run = new CoreHarness(8);
        var first = run.JoinIdle("a");
        run.Say(first, CoreHarness.Opened(first.ScoreLeases.Single(), rows: 8));
        run.End(first, 1, Outcome.Returned);
        var second = run.JoinIdle("b");

        var opened = CoreHarness.Opened(second.ScoreLeases.Single(), rows: 8);
        opened.FileOpened.Sha256 = new string('1', 64);
        run.Say(second, opened);

        Assert.Single(second.Revoked);
        Assert.Equal(CoreHarness.Digest, run.Core.Files[0].Record.Sha256);
    }

    [Fact]
    public void FileOpened_OtherContentThanTheCoordinatorFinds_EndsTheLease()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.Say(session, OtherContent(1));

        Assert.Contains("other content", session.Revoked.Single().Reason, StringComparison.Ordinal);
        Assert.Equal(CoreHarness.Digest, run.Core.Files[0].Record.Sha256);
        Assert.Equal(FileStage.Scoring, run.Core.Files[0].Stage);
    }

    [Fact]
    public void FileOpened_OtherContentAfterScoresOfIt_NothingOfThemIsKeptAndItIsScoredAnew()
    {
        using var run = new CoreHarness(8, 4);
        var wrong = run.JoinIdle("a");
        run.Score(wrong, wrong.ScoreLeases.Single(), 0);
        run.Score(wrong, wrong.ScoreLeases.Single(), 1, 0);

        run.Say(wrong, OtherContent(1));

        Assert.Contains("it is scored anew", run.Events.OfType<RunEvent.Warning>().Single().Text, StringComparison.Ordinal);
        Assert.Equal((0, FileStage.Scoring), (run.Core.Totals.Rows, run.Core.Files[0].Stage));
        Assert.Empty(run.Ledger.Load()!.Windows);
        Assert.Empty(run.Ledger.Load()!.Batches);
        run.Wait(TimeSpan.FromSeconds(2));
        var right = run.JoinIdle("b");
        var lease = right.ScoreLeases.Single();
        Assert.Equal((0U, 0U, 2U), (lease.File.Index, lease.FirstWindow, lease.EndWindow));
        Assert.Empty(lease.CompleteWindows);
        Assert.Empty(lease.PartialWindows);
        run.Score(right, lease, 0);
        run.Score(right, lease, 1);
        Assert.Equal((8, FileStage.Scored), (run.Core.Files[0].Totals.Rows, run.Core.Files[0].Stage));
        run.Restart();
        Assert.Equal((8, FileStage.Scored), (run.Core.Files[0].Totals.Rows, run.Core.Files[0].Stage));
    }

    private static WorkerMessage OtherContent(ulong fence) => new()
    {
        FileOpened = new FileOpened { Fence = fence, Rows = 8, Sha256 = new string('1', 64) },
    };

    private static WorkerMessage Reading(ulong fence, uint window) => new()
    {
        Heartbeat = new Heartbeat { Leases = { new LeaseProgress { Fence = fence, ReadingWindow = window } } },
    };
}
