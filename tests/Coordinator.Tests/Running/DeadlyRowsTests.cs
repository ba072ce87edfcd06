using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>A document that ends every process that scores it, in a run of workers that are started again.</summary>
public sealed class DeadlyRowsTests
{
    private const int Rows = 24;

    /// <summary>Rows that have no score anyway.</summary>
    private static readonly int WithoutText =
        Enumerable.Range(0, Rows).Count(row => EduScore.IsUnscorable(Runs.Score(0, row)));

    private int _lives;

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(Rows - 1)]
    public void Document_EndsWorkers_GetsNoScoreAndTheOthersTheirs(int killer)
    {
        using var run = new CoreHarness(Rows);

        var deaths = RunToTheEnd(run, [killer]);

        Assert.InRange(deaths, 3, 8);
        var scores = ScoresOf(run);
        Assert.Equal(EduScore.EndsWorkerBits, BitConverter.SingleToUInt32Bits(scores[killer]));
        Assert.Equal(WithoutText + 1, run.Core.Totals.Unscorable);
        for (var row = 0; row < Rows; row++)
        {
            if (row != killer)
                Assert.Equal(Runs.Score(0, row), scores[row]);
        }

        Assert.Equal(killer, Assert.Single(run.Events.OfType<RunEvent.DocumentEndsWorkers>()).Row);
        Assert.Equal(1, RowClasses.Reasons(run.Core.Totals.RowsByClass)!["ends_worker"]);
        Assert.DoesNotContain(RowClasses.Computed(run.Core.Totals.RowsByClass).Keys, name => name == "not computed");
        Assert.Empty(run.Ledger.Load()!.Suspects);
    }

    [Fact]
    public void Documents_EndWorkers_AreAllFound()
    {
        using var run = new CoreHarness(Rows);
        RunToTheEnd(run, [2, 3, 17]);
        Assert.Equal(
            [2L, 3L, 17L], run.Events.OfType<RunEvent.DocumentEndsWorkers>().Select(told => told.Row).Order());
    }

    [Fact]
    public void Halves_GoToDifferentWorkersWhereThereAreTwo()
    {
        using var run = new CoreHarness(4);
        for (var life = 0; life < 2; life++)
        {
            var dying = run.JoinIdle($"dying {life}");
            run.Say(dying, CoreHarness.Opened(dying.ScoreLeases.Single(), 4));
            run.Wait(CoreHarness.Timeout + TimeSpan.FromSeconds(1));
        }

        var (first, second) = (run.JoinIdle("first"), run.Join("second"));
        run.Score(first, first.ScoreLeases.Single(), 0, 0, 1);
        run.End(first, first.ScoreLeases.Single().Fence, Outcome.Completed);
        run.Request(first);
        Assert.Single(first.ScoreLeases);

        run.Request(second);
        Assert.Single(second.ScoreLeases);
        run.Say(second, new WorkerMessage { Goodbye = new Goodbye() });
        Assert.Equal(2, first.ScoreLeases.Count());
    }

    [Fact]
    public void Document_EndsWorkers_HidesNoMixtureOfNumericClasses()
    {
        using var run = new CoreHarness(8);
        var first = run.JoinIdle("a");
        run.Score(first, first.ScoreLeases.Single(), 0, 0, 1, 2);
        run.End(first, first.ScoreLeases.Single().Fence, Outcome.Returned);
        for (var life = 0; run.Core.Files[0].CompleteWindows == 0; life++)
        {
            Assert.True(life < 10, "the row is not found");
            var dying = run.JoinIdle($"dying {life}");
            run.Say(dying, CoreHarness.Opened(dying.ScoreLeases.Last(), 8));
            run.Wait(CoreHarness.Timeout + TimeSpan.FromSeconds(1));
        }

        var other = run.Join("b", hello => hello.NumericClass = "class b");
        run.Request(other);
        run.Say(other, CoreHarness.Report(
            other.ScoreLeases.Last().Fence, 1, [0, 1, 2, 3], [.. Runs.Scores(0, 8).Skip(4)], "class b"));

        Assert.StartsWith(
            "scores now come from 'class b' beside 'class a'", run.Events.OfType<RunEvent.Warning>().Single().Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Document_EndsWorkers_IsFoundThoughTheCoordinatorIsStartedAgainAfterEachDeath()
    {
        using var run = new CoreHarness(Rows);
        Assert.InRange(RunToTheEnd(run, [13], afterDeath: run.Restart), 3, 8);
        Assert.Equal(WithoutText + 1, run.Core.Totals.Unscorable);
    }

    [Fact]
    public void Workers_ThatEndOverEveryDocument_CostNoRowAndNoFile()
    {
        using var run = new CoreHarness(3, 3);
        for (var life = 0; life < 40; life++)
        {
            Assert.True(Live(run, [.. Enumerable.Range(0, Rows)]));
            run.Wait(CoreHarness.Timeout);
        }

        Assert.Equal(0, run.Core.Totals.Rows);
        Assert.Equal(0, run.Core.Files.CountOf(FileStage.Failed));
        // Sound ones do it all.
        for (var life = 0; life < 2; life++)
            Assert.False(Live(run, []));
        Assert.Equal(0, run.Core.Files.CountOf(FileStage.Scoring));
    }

    [Fact]
    public void LocalProcess_Ended_IsNotWaitedFor()
    {
        using var run = new CoreHarness(Rows);
        var session = run.Join("a", hello => (hello.Machine, hello.ProcessId) = (Environment.MachineName, 4711));
        run.Request(session);
        run.Say(session, CoreHarness.Opened(session.ScoreLeases.Single(), Rows));

        // Whichever of the two the coordinator hears of first.
        run.Step(new RunCommand.ProcessEnded(4711));
        Assert.Single(run.Core.State.Leases);
        run.Step(new RunCommand.SessionEnded(session));

        Assert.Empty(run.Core.State.Leases);
        Assert.Equal(1, Assert.Single(run.Ledger.Load()!.Suspects).Ends);
    }

    [Fact]
    public void Machines_TakenAwayBeforeTheyHaveOpenedTheFile_SuspectNoWindow()
    {
        using var run = new CoreHarness(Rows);
        for (var i = 0; i < 5; i++)
        {
            run.JoinIdle($"victim {i}");
            run.Wait(CoreHarness.Timeout);
        }

        Assert.Empty(run.Ledger.Load()!.Suspects);
        Assert.All(
            Enumerable.Range(0, Rows / Runs.WindowRows), window => Assert.False(run.Core.Files[0].IsProbed(window)));
    }

    [Fact]
    public void Machines_TakenAwayWhileTheyGetOn_SuspectNoWindow()
    {
        using var run = new CoreHarness(Rows);
        for (var i = 0; i < 4; i++)
        {
            var session = run.JoinIdle($"victim {i}");
            var lease = session.ScoreLeases.Single();
            run.Say(session, Opened(lease));
            run.Score(session, lease, 0, (uint)i);
            run.Wait(CoreHarness.Timeout);
            Assert.False(run.Core.Files[0].IsProbed(0));
        }
    }

    [Fact]
    public void Worker_SaysThatADocumentEndsWorkers_IsNotBelieved()
    {
        using var run = new CoreHarness(Rows);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Say(session, CoreHarness.Report(
            lease.Fence, 0, [0], [EduScore.Unscorable(UnscorableReason.EndsWorker)]));

        Assert.Equal(0, run.Core.Totals.Rows);
        Assert.Contains("was NaN", session.Revoked.Single().Reason, StringComparison.Ordinal);
    }

    /// <returns>How often a worker has died.</returns>
    private int RunToTheEnd(CoreHarness run, int[] killers, Action? afterDeath = null)
    {
        var deaths = 0;
        for (var step = 0; run.Core.Files[0].Stage == FileStage.Scoring; step++)
        {
            Assert.True(step < 100, "the run does not end");
            if (!Live(run, killers))
                continue;
            deaths++;
            run.Wait(CoreHarness.Timeout);
            afterDeath?.Invoke();
        }

        return deaths;
    }

    /// <summary>The life of one worker, by batches of two rows.</summary>
    /// <returns>Whether a document has ended it.</returns>
    private bool Live(CoreHarness run, int[] killers)
    {
        var session = run.JoinIdle($"life {++_lives}");
        while (session.ScoreLeases.LastOrDefault() is { } lease && run.Core.State.Leases.ContainsKey(lease.Fence))
        {
            run.Say(session, Opened(lease));
            for (var window = (int)lease.FirstWindow; window < lease.EndWindow; window++)
            {
                foreach (var batch in RowsOf(lease, window).Chunk(2))
                {
                    if (batch.Any(row => killers.Contains((window * Runs.WindowRows) + (int)row)))
                    {
                        run.Step(new RunCommand.SessionEnded(session));
                        return true;
                    }

                    run.Score(session, lease, window, batch);
                }
            }

            run.End(session, lease.Fence, Outcome.Completed);
            run.Request(session);
        }

        return false;
    }

    private static IEnumerable<uint> RowsOf(ScoreLease lease, int window)
    {
        var stored = lease.PartialWindows.FirstOrDefault(partial => partial.Window == window)?.StoredRows.ToByteArray();
        var rows = Math.Min(Runs.WindowRows, (int)lease.File.Rows - (window * Runs.WindowRows));
        return lease.CompleteWindows.Contains((uint)window) ? [] : Enumerable.Range(0, rows)
            .Where(row => !IsIn(stored, row) && (lease.Probe.IsEmpty || IsIn(lease.Probe.ToByteArray(), row)))
            .Select(row => (uint)row);
    }

    private static bool IsIn(byte[]? bits, int row) => row / 8 < bits?.Length && (bits[row / 8] >> (row % 8) & 1) == 1;

    private static WorkerMessage Opened(ScoreLease lease)
    {
        var opened = CoreHarness.Opened(lease, lease.File.Rows);
        opened.FileOpened.Sha256 = CoreHarness.Digest;
        return opened;
    }

    private static float[] ScoresOf(CoreHarness run) =>
        [.. run.Ledger.ReadScores(0).SelectMany(window => window.Scores)];
}
