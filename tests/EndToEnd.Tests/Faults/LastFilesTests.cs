using FineWebTorch.FaultyWorker;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>The end of a run does not wait for its slowest worker.</summary>
public sealed class LastFilesTests
{
    /// <summary>A file of one window: nothing of it can be shared once its worker has begun to read.</summary>
    private static readonly string[] Options = ["--window-rows", "64"];

    [Fact]
    public async Task Run_OneWorkerTwoHundredTimesSlower_DoesNotWaitForIt()
    {
        using var folder = new RunFolder();
        var tally = new Tally(Path.Combine(folder.Root, "tally"));
        await using var coordinator = ProgramProcess.Start("coordinator", folder.Arguments(FaultRun.Name, Options));
        var arguments = await coordinator.WorkerArgumentsAsync();
        await using var slow = ProgramProcess.StartWorker(
            new FaultyDevice { MillisecondsPerDocument = 1000, Tally = tally.Path }, arguments);
        await slow.LineWithAsync(".parquet");
        await using var fast = ProgramProcess.StartWorker(
            new FaultyDevice { MillisecondsPerDocument = 5 }, arguments);

        foreach (var program in (ProgramProcess[])[coordinator, slow, fast])
            Assert.True(await program.ExitAsync() == 0, program.Errors);
        // The file that it began has 40, which would have taken it 40 s.
        Assert.True(tally.Rows < 40, $"{tally.Rows} rows scored by the slow one; {coordinator.Output}{coordinator.Errors}");
        var undisturbed = await Undisturbed.Of(copies: 1, Options);
        undisturbed.DemandEqual(RunFolder.ContentsOf(folder.Output(FaultRun.Name)));
    }
}
