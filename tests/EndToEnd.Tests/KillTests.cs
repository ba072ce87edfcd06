using System.Text.Json;
using FineWebTorch.Common;

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
        var (rows, caughtUnfinished) = (await RunToItsEnd("undisturbed"), 0);
        var undisturbed = _folder.Shards("undisturbed");
        var random = new Random(Seed);
        var (name, runs) = ("killed", 1);
        for (var kill = 1; kill <= Kills; kill++)
        {
            await KillARun(name, random);
            var stored = await StoredRows(name);
            output.WriteLine($"kill {kill} of {name}: {stored} of {rows} rows are stored");
            caughtUnfinished += stored > 0 && stored < rows ? 1 : 0;
            if (stored < rows)
                continue;
            // Nothing is left to be killed: the next run gets the rest of the kills.
            await RunToItsEnd(name);
            Assert.Equal(undisturbed, _folder.Shards(name));
            name = $"killed-{++runs}";
        }

        Assert.True(caughtUnfinished > 0, "no kill came in the midst of scoring");
        await RunToItsEnd(name);
        Assert.Equal(undisturbed, _folder.Shards(name));
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
        var scored = await successor.LineWithAsync(" scored here");
        output.WriteLine($"{before} of {rows} rows were stored; then: {scored}");
        Assert.Contains($"{NumberText.Count(rows - before, "document")} scored", scored, StringComparison.Ordinal);
    }

    private async Task<long> RunToItsEnd(string name)
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments(name));
        var joining = coordinator.WorkerArgumentsAsync();
        // Where only the very end of the run was missing, no worker is asked for.
        if (await Task.WhenAny(joining, coordinator.ExitAsync()) == joining && joining.IsCompletedSuccessfully)
        {
            await using var worker = ProgramProcess.Start("worker", await joining);
            Assert.Equal(0, await coordinator.ExitAsync());
            Assert.Equal(0, await worker.ExitAsync());
        }

        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        return await StoredRows(name);
    }

    /// <summary>Starts both programs and kills one or both at a random moment while files are being scored.</summary>
    private async Task KillARun(string name, Random random)
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments(name));
        await using var worker = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
        await RandomMoment(coordinator, worker, random);
        var victim = random.Next(3);
        if (victim != 0)
            worker.Signal("KILL");
        if (victim == 1)
        {
            // A successor while the coordinator lives; then both go.
            await using var successor = ProgramProcess.Start("worker", await coordinator.WorkerArgumentsAsync());
            await RandomMoment(coordinator, successor, random);
        }

        coordinator.Signal("KILL");
        await coordinator.ExitAsync();
    }

    /// <summary>
    /// Of a worker that is scoring: after a number of files, and then somewhere in the next. Counted in files, so that a
    /// fast machine is not done before, nor a slow one still at its first.
    /// </summary>
    private static async Task RandomMoment(ProgramProcess coordinator, ProgramProcess worker, Random random)
    {
        var ended = Task.WhenAny(coordinator.ExitAsync(), worker.ExitAsync());
        var moment = worker.LineWithAsync("scoring ", occurrence: random.Next(1, 4));
        await Task.WhenAny(ended, moment);
        // Within a file no event of the programs may decide the moment: it is what the test is about.
        await Task.Delay(random.Next(200), TestContext.Current.CancellationToken);
    }

    private async Task<long> StoredRows(string name)
    {
        var (exit, status, errors) = await ProgramProcess.RunAsync(
            "coordinator", "status", "--run", _folder.Run(name), "--json");
        using var json = JsonDocument.Parse(status);
        var isFinished = json.RootElement.GetProperty("state").GetString() == "finished";
        Assert.True(exit == (isFinished ? 0 : 130), errors);
        return json.RootElement.GetProperty("rows_scored").GetInt64();
    }
}
