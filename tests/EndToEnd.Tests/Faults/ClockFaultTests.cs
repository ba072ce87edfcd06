namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>Wall clocks that are set by an hour, forwards and back, in the midst of a run: nothing shows it.</summary>
public sealed class ClockFaultTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static TheoryData<int> Attempts => Soak.Attempts;

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Clock_OfTheCoordinatorSetByAnHour(int attempt)
    {
        await using var run = new FaultRun("clock of the coordinator ±1 h", attempt);
        var clock = await WallClock.MakeAsync(Path.Combine(run.Folder.Root, "clock"));
        run.CoordinatorPlace = clock.Place;
        await JumpAsync(run, clock);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Clock_OfTheWorkersSetByAnHour(int attempt)
    {
        await using var run = new FaultRun("clock of the workers ±1 h", attempt);
        var clock = await WallClock.MakeAsync(Path.Combine(run.Folder.Root, "clock"));
        run.WorkerPlace = clock.Place;
        await JumpAsync(run, clock);
    }

    private static async Task JumpAsync(FaultRun run, WallClock clock)
    {
        await run.StartAsync();
        var sign = run.Random.Next(2) == 0 ? 1 : -1;
        foreach (var offset in (TimeSpan[])[sign * Hour, -sign * Hour])
        {
            await run.RandomPointAsync(until: 0.5);
            clock.Set(offset);
        }

        await run.EndAsync(disturbed: 0);
    }
}
