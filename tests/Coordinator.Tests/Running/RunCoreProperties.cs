using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FsCheck;
using FsCheck.Fluent;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What must hold whatever workers, network and coordinator do, in whichever order.</summary>
public sealed class RunCoreProperties
{
    private const int Workers = 4;
    private static readonly long[] Files = [23, 9, 0, 4];

    [Fact]
    public void Run_AnySequenceOfMishaps_LosesNothingAndEnds() => Check(tests: 40, choices =>
    {
        using var run = new CoreHarness(Files);
        var workers = Enumerable.Range(0, Workers).Select(i => new SimulatedWorker($"w{i}")).ToArray();
        foreach (var choice in choices)
        {
            var acknowledged = run.Core.Totals.Rows;
            Mishap(run, workers[choice % Workers], choice / Workers);
            Assert.True(run.Core.Totals.Rows >= acknowledged, "rows that were stored are gone");
            CheckLeases(run);
            NaiveQueues.Check(run.Core.State, run.Ledger);
        }

        Finish(run, workers);
    });

    [Fact]
    public void Run_NoMishaps_NoWindowIsHeldByTwoWorkersAtOnce() => Check(tests: 15, choices =>
    {
        using var run = new CoreHarness(Files);
        var workers = Enumerable.Range(0, Workers).Select(i => new SimulatedWorker($"w{i}")).ToArray();
        foreach (var worker in workers)
            worker.Connect(run);
        foreach (var choice in choices)
        {
            workers[choice % Workers].Work(run, choice / Workers);
            foreach (var worker in workers)
                worker.Listen();
            var held = workers.SelectMany(worker => worker.Held).ToList();
            Assert.Equal(held.Distinct().Count(), held.Count);
        }

        Finish(run, workers);
    });

    /// <summary>Time passes, one worker does hardly anything, and the others do its work as well.</summary>
    [Fact]
    public void Run_SlowWorkersAndMishaps_EveryRowIsStoredOnceWhoeverIsFirst()
    {
        var seconds = 0;
        Check(tests: 40, choices =>
        {
            using var run = new CoreHarness(Files);
            var workers = Enumerable.Range(0, Workers).Select(i => new SimulatedWorker($"w{i}")).ToArray();
            foreach (var worker in workers)
                worker.Connect(run);
            foreach (var choice in choices)
            {
                run.Wait(TimeSpan.FromSeconds(choice % 7));
                foreach (var worker in workers.Where(worker => worker.IsConnected))
                    worker.Beat(run);
                // The first one gets its turn a tenth as often as the others.
                var turn = choice % 31;
                var mishap = choice / 31;
                Slowly(run, workers[turn == 0 ? 0 : 1 + (turn % (Workers - 1))], mishap);
                CheckLeases(run);
                NaiveQueues.Check(run.Core.State, run.Ledger);
            }

            seconds += run.Events.Count(happened => happened is RunEvent.SecondLease);
            Finish(run, workers);
            for (var file = 0; file < Files.Length; file++)
                Assert.True(!run.Core.Files.IsDone(file) ||
                    run.Ledger.ReadFile(file)!.Work.Sum(work => work.Rows) == Files[file]);
        });
        Assert.True(seconds > 20, $"{seconds} second leases");
    }

    private static void Check(int tests, Action<int[]> property) => Prop
        .ForAll(Gen.Choose(0, 9999).ArrayOf(60).ToArbitrary(), property)
        // The same mishaps every time; to look for new ones, change the seed and raise the number of tests.
        .Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithReplay(2665343699894046694, 7168947679271186103));

    private static void Mishap(CoreHarness run, SimulatedWorker worker, int choice)
    {
        switch (choice % 12)
        {
            case 0 when worker.IsConnected: worker.Disconnect(run); break;
            case 1 when worker.IsConnected:
                worker.Disconnect(run);
                worker.Forget();
                break;
            case 2: run.Wait(CoreHarness.Timeout * (choice % 5) / 4); break;
            case 3: worker.SpeakUnderStaleFences(run); break;
            case 4 when choice % 5 == 0: run.Restart(); break;
            case 5 when choice % 7 == 0: worker.Fail(run); break;
            default:
                if (!worker.IsConnected)
                    worker.Connect(run);
                worker.Work(run, choice);
                break;
        }
    }

    private static void Slowly(CoreHarness run, SimulatedWorker worker, int choice)
    {
        switch (choice % 20)
        {
            case 0 when worker.IsConnected: worker.Disconnect(run); break;
            case 1: worker.SpeakUnderStaleFences(run); break;
            case 2: run.Restart(); break;
            default:
                if (!worker.IsConnected)
                    worker.Connect(run);
                worker.Work(run, choice);
                break;
        }
    }

    private static void CheckLeases(CoreHarness run)
    {
        var scheduler = run.Core.State;
        foreach (var lease in scheduler.Leases.Values.Where(lease => lease.Kind == LeaseKind.Build))
            Assert.Equal(scheduler.Files[lease.File].Windows, scheduler.Files[lease.File].CompleteWindows);
        var leased = scheduler.Leases.Values
            .SelectMany(lease => Enumerable.Range(lease.Windows.First, lease.Windows.Count)
                .Select(window => (lease.File, window)))
            .ToList();
        Assert.All(leased.CountBy(window => window), window => Assert.InRange(window.Value, 1, 2));
    }

    /// <summary>From any state one worker that lives long enough brings the run to its end.</summary>
    private static void Finish(CoreHarness run, SimulatedWorker[] workers)
    {
        foreach (var worker in workers.Where(worker => worker.IsConnected))
            worker.Disconnect(run);
        run.Wait(CoreHarness.Timeout);
        var last = new SimulatedWorker("last");
        for (var step = 0; !run.Core.IsOver; step++)
        {
            Assert.True(step < 1000, "the run does not end");
            if (!last.IsConnected)
                last.Connect(run);
            last.Work(run, step);
            run.Wait(TimeSpan.FromSeconds(1));
            NaiveQueues.Check(run.Core.State, run.Ledger);
        }

        Assert.Empty(run.Core.State.Leases);
        for (var file = 0; file < Files.Length; file++)
        {
            if (run.Core.Files.StageOf(file) == FileStage.Done)
                Assert.Equal(
                    Runs.Scores(file, Files[file]), run.Ledger.ReadScores(file).SelectMany(window => window.Scores));
            else
                Assert.Matches("simulated failure|workers in a row vanished", run.Core.Files[file].Record.Failure);
        }
    }
}
