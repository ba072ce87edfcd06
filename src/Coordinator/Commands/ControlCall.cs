using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>What commands that change a run are given.</summary>
internal sealed record ControlCall
{
    public static Setting<ControlCall> RunSetting { get; } =
        StatusCommandLine.RunSetting<ControlCall>((call, folder) => call with { Run = folder });

    public static Setting<ControlCall> JsonSetting { get; } =
        Setting.Flag<ControlCall>("--json", "JSON instead of text", call => call with { Json = true }) with
        {
            Group = OptionGroup.Output,
        };

    public string Run { get; init; } = "";

    public string Action { get; init; } = "";

    public IReadOnlyList<string> Names { get; init; } = [];

    public bool Now { get; init; }

    public bool Failed { get; init; }

    public bool Open { get; init; }

    public bool Json { get; init; }

    /// <param name="description">Of all actions; the first is the default.</param>
    public static Setting<ControlCall> ActionSetting(string description, IReadOnlyList<string> actions) =>
        new("ACTION", "ACTION", description, actions[0],
            (call, text) => call with { Action = OptionText.OneOf(text, actions) })
        {
            Words = actions,
        };

    public static Setting<ControlCall> NamesSetting(string description) =>
        new("NAME", "NAME", description, Default: null,
            (call, text) => call with { Names = [.. call.Names, OptionText.NotEmpty(text)] })
        {
            IsRepeatable = true,
        };

    /// <summary>An action that changes something says of what.</summary>
    public static ControlCall DemandNames(ControlCall call, Func<string, bool> isGiven, ICollection<string> violations)
    {
        if (call.Action is not ("" or "list") && call.Names.Count == 0)
            violations.Add($"{call.Action}: give the NAME of one, or '*' for all");
        return call;
    }

    /// <exception cref="UserErrorException">No coordinator works on the run.</exception>
    public string LiveFolder() => Find() is var folder && RunLock.IsTaken(folder)
        ? folder
        : throw new UserErrorException(
            $"{folder}: no coordinator works on this run; 'coordinator status' tells how it stands");

    /// <summary>Asks the coordinator that works on the run; where none does, the run's ledger is changed.</summary>
    /// <param name="path">One of <see cref="ControlRequest.ByPath"/>.</param>
    /// <exception cref="UserErrorException">There is no such run, or its coordinator is not to be reached.</exception>
    public async Task<SentControl> SendAsync(string path, CancellationToken cancellationToken)
    {
        var folder = Find();
        if (!RunLock.IsTaken(folder))
            return await StoredControl.DoAsync(
                folder, ControlRequest.ByPath[path](new NamePatterns(Names)), cancellationToken);
        using var client = new ControlClient(folder);
        return new SentControl(await client.DoAsync(path, Names, cancellationToken), IsLive: true);
    }

    /// <summary>What continues a run that nobody works on.</summary>
    public string CommandOfRun()
    {
        using var run = StoredRun.Open(Find());
        return ResumeCommand.Of(Launchers.Of("coordinator"), run);
    }

    private string Find() => Run.Length > 0
        ? Path.GetFullPath(Run)
        : RunFinder.Newest(Environment.CurrentDirectory, System.Console.Error.WriteLine);
}

/// <summary>What came of it.</summary>
/// <param name="IsLive">A coordinator works on the run; else the change is in its ledger.</param>
internal sealed record SentControl(ControlAnswer Answer, bool IsLive)
{
    /// <param name="describe">What was done to the thing of this name.</param>
    /// <exception cref="UserErrorException">It was refused.</exception>
    public int Tell(TextWriter output, bool json, Func<string, string> describe)
    {
        if (Answer.Refusal is { } refusal)
            throw new UserErrorException(refusal);
        if (json)
            output.WriteLine(
                JsonSerializer.Serialize(new { Answer.Done, Answer.Useless, Live = IsLive }, RunSummary.Json));
        else
            foreach (var line in Answer.Done
                .Select(name => describe(name) + (IsLive ? "" : " (from the next start of the run on)"))
                .Concat(Answer.Useless ?? []))
                output.WriteLine(line);
        return ExitCode.Success;
    }
}
