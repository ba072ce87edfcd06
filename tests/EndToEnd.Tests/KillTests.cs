using System.Text.Json;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Nothing that was stored is lost or computed twice, and nothing shows in the shards.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Seed = 20240310;
    private const int Kills = 6;
    private readonly RunFolder _folder = new(copies: 4);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_KilledAtRandomPoints_ContinuesToTheSameBytes()
    {
        var rows = await RunToItsEnd("undisturbed");
        var random = new Random(Seed);
        var caughtUnfinished = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            await KillARun(random);
            var stored = await StoredRows("killed");
            output.WriteLine($"kill {kill}: {stored} of {rows} rows are stored");
            caughtUnfinished += stored > 0 && stored < rows ? 1 : 0;
        }

        Assert.True(caughtUnfinished > 0, "no kill came in the midst of scoring");
        await RunToItsEnd("killed");
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

    private async Task<long> RunToItsEnd(string name)
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments(name));
        await using var worker = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
        Assert.Equal(0, await coordinator.ExitAsync());
        Assert.Equal(0, await worker.ExitAsync());
        return await StoredRows(name);
    }

    /// <summary>Starts both programs and kills one or both at a random moment while files are being scored.</summary>
    private async Task KillARun(Random random)
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("killed"));
        await using var worker = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
        await RandomMomentIn(worker, random);
        var victim = random.Next(3);
        if (victim != 0)
            worker.Signal("KILL");
        if (victim == 1)
        {
            // A successor while the coordinator lives; then both go.
            await using var successor = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
            await RandomMomentIn(successor, random);
        }

        coordinator.Signal("KILL");
        await coordinator.ExitAsync();
    }

    private static async Task RandomMomentIn(ProgramProcess worker, Random random)
    {
        await Task.WhenAny(worker.LineWithAsync("scoring "), worker.ExitAsync());
        // The moment is what the test is about: no event of the programs may decide it.
        await Task.Delay(random.Next(1500));
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
