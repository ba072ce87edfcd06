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
        foreach (var command in program.Commands)
        {
            var condition = string.Join("; and ", Conditions(command));
            foreach (var (below, description) in command.Below)
                Add(script, name, condition, $"-a {below} -d {Text(description)}");
            AddAll(script, name, condition, command);
        }

        return script.ToString();
    }

    /// <summary>Its own words are there, and none of a command below it.</summary>
    private static IEnumerable<string> Conditions(CompletedCommand command)
    {
        foreach (var word in command.Words)
            yield return $"__fish_seen_subcommand_from {word}";
        if (command.Below.Count > 0)
            yield return $"not __fish_seen_subcommand_from {string.Join(' ', command.Below.Select(below => below.Name))}";
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
