using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Web;

namespace FineWebTorch.Coordinator.Tests.Web;

public sealed class PageSnapshotTests
{
    [Fact]
    public void Snapshot_HoweverManyFilesAndWorkers_IsAsLongAsOfFew()
    {
        var few = Written(Run(files: 4, workers: 3)).ToJsonString();
        var many = Written(Run(files: 50_000, workers: 2_000)).ToJsonString();

        Assert.InRange(many.Length, few.Length, few.Length + 100);
        Assert.InRange(many.Length, 100, 4_000);
    }

    [Fact]
    public void Fleet_IsToldByItsMiddleHalf()
    {
        var json = Written(Run(files: 4, workers: 5));

        var use = json["deviceUse"]!;
        Assert.Equal((0.5, 0.25, 0.75), ((double)use["median"]!, (double)use["low"]!, (double)use["high"]!));
        Assert.Equal(5, (int)json["workers"]!["connected"]!);
        Assert.Equal(0.5, (double)json["padding"]!);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("GPU", "cuda")]
    [InlineData("GPU", "mps", "cpu")]
    [InlineData("CPU", "cpu", "cuda", "cpu")]
    public void Devices_AreNamedAsMostOfThemAre(string? expected, params string[] kinds)
    {
        var run = Run(files: 1, workers: 3);
        run = run with
        {
            Workers = [.. run.Workers.Zip(kinds, (worker, kind) => worker with { DeviceKind = kind })],
        };

        Assert.Equal(expected, (string?)Written(run)["deviceKind"]);
    }

    [Fact]
    public void Workers_AreCountedByHowTheyAre()
    {
        var run = Run(files: 1, workers: 4);
        run = run with
        {
            Workers =
            [
                run.Workers[0] with { Quarantine = "its device has failed" }, run.Workers[1] with { Leaving = true },
                run.Workers[2] with { Connected = false }, run.Workers[3],
            ],
        };

        var workers = Written(run)["workers"]!;

        Assert.Equal(
            (4, 3, 1, 1, 1),
            ((int)workers["all"]!, (int)workers["connected"]!, (int)workers["quarantined"]!, (int)workers["leaving"]!,
                (int)workers["lost"]!));
    }

    [Theory]
    [InlineData("running")]
    [InlineData("paused")]
    [InlineData("settling")]
    [InlineData("standstill")]
    [InlineData("finished")]
    public void State_IsThatWhichMattersMost(string expected)
    {
        var run = Run(files: 4, workers: 1);
        run = expected switch
        {
            "paused" => run with { Paused = true, Settling = TimeSpan.FromSeconds(3) },
            "settling" => run with { Settling = TimeSpan.FromSeconds(3) },
            "standstill" => run with { Standstill = "no healthy worker is left", Paused = true },
            "finished" => run with { FilesDone = 3, FilesFailed = 1, Paused = true },
            _ => run with { Settling = TimeSpan.FromSeconds(-1) },
        };

        Assert.Equal(expected, (string)Written(run)["state"]!);
    }

    private static JsonNode Written(RunSnapshot run) => JsonSerializer.SerializeToNode(
        PageSnapshot.Of(new RateMeter().Add(run), DateTimeOffset.UnixEpoch, lastEvent: 7), PageJson.Options)!;

    private static RunSnapshot Run(int files, int workers) => new(
        TimeSpan.FromSeconds(1), files, 1, 0, 1_000, 10, 7, 0, 2_000,
        [.. Enumerable.Range(0, workers).Select(worker => new WorkerSnapshot($"{worker}", $"node-{worker}", "GPU", true, 3, "")
        {
            Figures = new DeviceFigures(worker / Math.Max(1.0, workers - 1), 1, 2, 300, 60),
            Told = new WorkerTotals(1, Tokens: 50, Positions: 100, 1),
        })], workers, 0);
}
