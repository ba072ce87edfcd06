using System.Text.Json;
using FineWebTorch.Common;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Nothing that was stored is computed twice; see <see cref="Faults.ProcessFaultTests"/> for kills anywhere.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private readonly RunFolder _folder = new(copies: 4);

    public void Dispose() => _folder.Dispose();

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
