using System.CommandLine;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator workers</c>.</summary>
internal static class WorkersCommandLine
{
    private static readonly string[] Actions = ["list", "drain", "ban", "allow"];

    /// <param name="below">Commands that start workers.</param>
    public static Command Create(TextWriter output, params IEnumerable<Command> below)
    {
        var workers = Table(output).Complete(
            new Command("workers", "List, drain, ban or allow workers of a live run; start them"));
        foreach (var command in below)
            workers.Subcommands.Add(command);
        return workers;
    }

    private static CommandTable<ControlCall> Table(TextWriter output) => new(
        [
            ControlCall.ActionSetting(
                "list the workers, drain: have them give back their work and end, ban: turn them away until allowed, " +
                "allow: lift bans and quarantines", Actions),
            ControlCall.NamesSetting("Names of workers as status shows them; * and ? stand for any characters"),
            ControlCall.RunSetting, ControlCall.JsonSetting,
        ],
        (call, context, interrupted) => call.Action == "list"
            ? ListAsync(call, output, interrupted)
            : ChangeAsync(call, output, interrupted))
    {
        Finish = ControlCall.DemandNames,
        Examples =
        [
            "coordinator workers", "coordinator workers drain 'node7/*'", "coordinator workers allow node7/cuda:0",
        ],
    };

    private static async Task<int> ChangeAsync(ControlCall call, TextWriter output, CancellationToken interrupted)
    {
        // Nobody but a coordinator can ask a worker.
        if (call.Action == "drain")
            call.LiveFolder();
        var path = $"workers/{call.Action}";
        var sent = await call.SendAsync(path, interrupted);
        return sent.Tell(output, call.Json, name => ControlWords.Of(path, name));
    }

    private static async Task<int> ListAsync(ControlCall call, TextWriter output, CancellationToken interrupted)
    {
        using var client = new ControlClient(call.LiveFolder());
        var run = await client.LookAsync(interrupted);
        var lines = call.Json
            ? JsonSerializer.Serialize(new { run.Workers, run.Banned, run.Paused }, RunSummary.IndentedJson)
                .Split(Environment.NewLine)
            : Lines(run);
        foreach (var line in lines)
            output.WriteLine(line);
        return ExitCode.Success;
    }

    private static IEnumerable<string> Lines(RunSnapshot run)
    {
        if (run.Paused)
            yield return "the run is paused; 'coordinator resume' goes on with it";
        foreach (var worker in run.Workers)
            yield return $"{worker.Name} ({worker.Device}): {StateOf(worker)}";
        foreach (var name in run.Banned)
            yield return $"{name}: banned";
        if (run.Workers.Count + run.Banned.Count == 0)
            yield return "no worker yet";
    }

    private static string StateOf(WorkerSnapshot worker) => worker switch
    {
        { Leaving: true } => "is leaving",
        { Quarantine: { } reason } => $"quarantined: {reason}",
        { Connected: false } => "silent",
        { Doing.Length: > 0 } => worker.Doing,
        _ => "waiting",
    };
}
