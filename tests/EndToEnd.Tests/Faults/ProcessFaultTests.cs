using System.Diagnostics;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>Processes that die, stop or are told to end at any point of a run.</summary>
public sealed class ProcessFaultTests
{
    public static TheoryData<int> Attempts => Soak.Attempts;

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Worker_Killed(int attempt)
    {
        await using var run = new FaultRun("kill -9 of a worker", attempt);
        await run.StartAsync();
        await run.RandomPointAsync();
        await FaultRun.KillAsync(run.TakeWorker());

        await run.EndAsync(disturbed: 1);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Coordinator_Killed(int attempt)
    {
        await using var run = new FaultRun("kill -9 of the coordinator", attempt);
        await run.StartAsync();
        await run.RandomPointAsync();
        await FaultRun.KillAsync(run.Coordinator);
        run.StartCoordinator();

        await run.EndAsync(disturbed: 3);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Both_Killed(int attempt)
    {
        await using var run = new FaultRun("kill -9 of both, twice", attempt);
        await run.StartAsync();
        for (var kill = 0; kill < 2; kill++)
        {
            await run.RandomPointAsync(until: 0.7);
            await FaultRun.KillAsync([run.Coordinator, .. run.Workers]);
            run.Workers.Clear();
            await run.StartAsync();
        }

        await run.EndAsync(disturbed: 6);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Worker_StoppedForLongerThanTheDeadline(int attempt)
    {
        // The others take longer for their half than the stop lasts: a worker that wakes after the end finds nobody.
        await using var run = new FaultRun("SIGSTOP of a worker, twice the deadline", attempt)
        {
            MillisecondsPerDocument = 60,
        };
        await run.StartAsync();
        await run.RandomPointAsync(until: 0.5);
        var stopped = run.Workers[0];
        stopped.Signal("STOP");
        await Task.Delay(FaultRun.Deadline * 2, TestContext.Current.CancellationToken);
        Assert.False(run.Coordinator.HasEnded);
        stopped.Signal("CONT");

        await run.EndAsync(disturbed: 1);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Worker_ToldToEnd(int attempt)
    {
        await using var run = new FaultRun("SIGTERM of a worker: drained within 10 s", attempt);
        await run.StartAsync();
        await run.RandomPointAsync();
        var leaving = run.TakeWorker();
        var watch = Stopwatch.StartNew();
        leaving.Signal("TERM");
        Assert.Equal(0, await leaving.ExitAsync());
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        await run.EndAsync(disturbed: 0);
        Assert.DoesNotContain("is lost", run.Coordinator.Errors, StringComparison.Ordinal);
    }
}
