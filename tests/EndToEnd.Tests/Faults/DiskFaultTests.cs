namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>Disks that are full in the midst of a run. It stops and says so, and goes on when there is room.</summary>
public sealed class DiskFaultTests
{
    private const string Size = "32m";

    public static TheoryData<int> Attempts => Soak.Attempts;

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Output_Full(int attempt)
    {
        await using var run = new FaultRun("full disk of the output", attempt);
        await FillAndGoOnAsync(run, run.Output);
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Ledger_Full(int attempt)
    {
        await using var run = new FaultRun("full disk of the ledger", attempt);
        await FillAndGoOnAsync(run, run.RunState);
    }

    /// <summary>Of one worker, which has to fetch its inputs; the others do its work.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Cache_Full(int attempt)
    {
        await using var run = new FaultRun("full disk of a worker's cache", attempt);
        var cache = run.Folder.NewFolder("cache");
        await using var disk = await SmallDisk.MakeAsync(cache, Size);
        await run.StartAsync(workers: 2);
        await run.WorkRemotelyAsync(cache, disk.Place);
        await run.RandomPointAsync(until: 0.7);
        await disk.FillAsync();

        await run.EndAsync(disturbed: 1);
    }

    private static async Task FillAndGoOnAsync(FaultRun run, string folder)
    {
        await using var disk = await SmallDisk.MakeAsync(folder, Size);
        run.CoordinatorPlace = run.WorkerPlace = disk.Place;
        await run.StartAsync();
        await run.RandomPointAsync(until: 0.7);
        await disk.FillAsync();

        Assert.True(await run.Coordinator.ExitAsync() == 1, run.Coordinator.Errors);
        Assert.Matches("the disk of .* is full", run.Coordinator.Errors);
        await disk.MakeRoomAsync();
        run.StartCoordinator();
        await run.EndAsync(disturbed: 3);
    }
}
