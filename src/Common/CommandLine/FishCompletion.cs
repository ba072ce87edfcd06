using System.Globalization;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>Completion for fish.</summary>
internal static class FishCompletion
{
    public static string Of(CompletedProgram program)
    {
        var name = program.Name;
        var script = new StringBuilder(
            $"# fish completion of {name}: {name} completion fish >~/.config/fish/completions/{name}.fish\n");
        script.Append(CultureInfo.InvariantCulture, $"complete -c {name} -f\n");
        var none = $"not __fish_seen_subcommand_from {program.CommandNames}";
        foreach (var command in program.Commands)
            Add(script, name, none, $"-a {command.Name} -d {Text(command.Description)}");
        AddAll(script, name, none, program.Own);
        foreach (var command in program.Commands)
            AddAll(script, name, $"__fish_seen_subcommand_from {command.Name}", command);
        return script.ToString();
    }

    private static void AddAll(StringBuilder script, string name, string condition, CompletedCommand command)
    {
        foreach (var option in command.Options)
            Add(script, name, condition, $"-l {option.Key} {Offer(option)}-d {Text(option.Description)}");
        if (command.Argument is { } argument)
            Add(script, name, condition, Offer(argument).Replace("-x ", "", StringComparison.Ordinal).TrimEnd());
    }

    private static void Add(StringBuilder script, string name, string condition, string offer) =>
        script.Append(CultureInfo.InvariantCulture, $"complete -c {name} -n '{condition}' {offer}\n");

    private static string Offer(Setting setting) => setting switch
    {
        { IsFlag: true } => "",
        { Words.Count: > 0 } => $"-x -a {Text(string.Join(' ', setting.Words))} ",
        { Paths: PathKind.File } => setting.IsArgument ? "-F " : "-r -F ",
        { Paths: PathKind.Folder } => "-x -a '(__fish_complete_directories)' ",
        _ => "-x ",
    };

    private static string Text(string text) =>
        $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";
}
