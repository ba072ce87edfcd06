using System.Text.Json;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Nothing that was stored is lost or computed twice, and nothing shows in the shards.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Seed = 20240310;
    private readonly RunFolder _folder = new(copies: 4);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_KilledAtRandomPoints_ContinuesToTheSameBytes()
    {
        var rows = await Undisturbed();
        var random = new Random(Seed);
        var kills = 0;
        while (!await KilledRun(random))
        {
            kills++;
            Assert.True(kills < 40, "the run never came to its end");
            var stored = await StoredRows("killed");
            output.WriteLine($"kill {kills}: {stored} of {rows} rows are stored");
        }

        output.WriteLine($"ended after {kills} kills of coordinator, worker or both");
        Assert.True(kills > 0, "the run was over before the first kill");
        Assert.Equal(_folder.Shards("undisturbed"), _folder.Shards("killed"));
    }

    [Fact]
    public async Task Worker_AfterItsPredecessorWasKilled_ScoresOnlyWhatIsNotStored()
    {
        await using (var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("resumed")))
        {
            await using var worker = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
            await worker.LineWithAsync("000/000_00003.parquet");
            worker.Signal("KILL");
            await worker.ExitAsync();
            coordinator.Signal("KILL");
            await coordinator.ExitAsync();
        }

        var before = await StoredRows("resumed");
        await using var second = ProgramProcess.Start("coordinator", _folder.Arguments("resumed"));
        await using var successor = ProgramProcess.Start("worker", await second.WorkerArgumentsAsync());
        Assert.Equal(0, await second.ExitAsync());
        Assert.Equal(0, await successor.ExitAsync());

        using var summary = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(_folder.Run("resumed"), "run-summary.json")));
        var rows = summary.RootElement.GetProperty("rows").GetInt64();
        var scored = await successor.LineWithAsync("documents scored");
        output.WriteLine($"{before} of {rows} rows were stored; then: {scored}");
        Assert.Contains($"{rows - before} documents scored", scored, StringComparison.Ordinal);
    }

    private async Task<long> Undisturbed()
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("undisturbed"));
        await using var worker = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
        Assert.Equal(0, await coordinator.ExitAsync());
        Assert.Equal(0, await worker.ExitAsync());
        return await StoredRows("undisturbed");
    }

    /// <summary>Starts both programs and kills one or both at a random moment. True when the run ended before that.</summary>
    private async Task<bool> KilledRun(Random random)
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("killed"));
        await using var worker = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
        var end = coordinator.ExitAsync();
        // The moment is what the test is about: no event of the programs may decide it.
        if (await Task.WhenAny(end, Task.Delay(random.Next(100, 2500))) == end)
            return await end == 0;
        var victim = random.Next(3);
        if (victim != 0)
            worker.Signal("KILL");
        if (victim != 1)
            coordinator.Signal("KILL");
        if (victim == 1)
        {
            // A new worker takes over while the coordinator lives, then both go.
            await using var next = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
            await Task.WhenAny(end, Task.Delay(random.Next(500, 2000)));
            coordinator.Signal("KILL");
        }

        await end;
        return false;
    }

    private async Task<long> StoredRows(string name)
    {
        var (exit, status, errors) = await ProgramProcess.RunAsync(
            "coordinator", "status", "--run", _folder.Run(name), "--json");
        Assert.True(exit == 0, errors);
        using var json = JsonDocument.Parse(status);
        return json.RootElement.GetProperty("rows_scored").GetInt64();
    }
}
