using System.CommandLine;
using FineWebTorch.Bench;
using FineWebTorch.Common;

namespace FineWebTorch.Scale;

/// <summary>What 50,000 files and 2,000 workers cost the coordinator: simulated, and over real connections.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => CommandLineApp.RunAsync(Create(), args, CancellationToken.None);

    private static RootCommand Create()
    {
        var files = BenchOptions.Number("--files", 50_000, "Files of the simulated run");
        var last = BenchOptions.Number("--last", 2_000, "So many of them are left in the run to its end");
        var workers = BenchOptions.Number("--workers", 2_000, "Simulated workers");
        var seconds = BenchOptions.Number("--seconds", 30, "Simulated seconds at full rate");
        var sessions = BenchOptions.Number("--sessions", 200, "Workers over real connections");
        var watched = new Option<int?>("--watched")
        {
            Description = "Measures instead what a page in Chromium costs, over so many seconds without and with it",
            HelpName = "SECONDS",
        };
        var output = BenchOptions.Out();
        var command = new RootCommand("What a large fleet costs the coordinator")
        {
            files, last, workers, seconds, sessions, watched, output,
        };
        command.SetAction(async parsed =>
        {
            if (parsed.GetValue(watched) is { } each)
            {
                BenchOptions.Finish(
                    parsed.GetValue(output)!,
                    await new WatchedFleet(parsed.GetValue(files), parsed.GetValue(workers), each).MeasureAsync());
                return;
            }

            var fleet = new SimulatedFleet(
                parsed.GetValue(files), Math.Min(parsed.GetValue(last), parsed.GetValue(files)),
                parsed.GetValue(workers), parsed.GetValue(seconds));
            List<BenchRow> rows = [.. fleet.AtFullRate(), .. fleet.ToTheEnd()];
            rows.AddRange(await new ConnectedFleet(parsed.GetValue(sessions)).MeasureAsync());
            BenchOptions.Finish(parsed.GetValue(output)!, rows);
        });
        return command;
    }
}
