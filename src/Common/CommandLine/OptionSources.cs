using System.CommandLine;
using System.CommandLine.Parsing;

namespace FineWebTorch.Common;

/// <summary>What was given for an option, in one of the places where it can be.</summary>
/// <param name="Texts">One, unless it may be given several times; "true" for a flag.</param>
/// <param name="Where">A text with the place that it comes from, for messages: <c>--rows x</c>.</param>
public sealed record GivenOption(IReadOnlyList<string> Texts, Func<string, string> Where);

/// <summary>
/// Where options come from. The command line counts before a variable FINEWEB_NAME, that before the file of options,
/// that before the default.
/// </summary>
/// <param name="parsed">The command line.</param>
/// <param name="environment">A variable by its name; null where it is not set.</param>
/// <param name="file">What <c>--config</c> names; null without one.</param>
public sealed class OptionSources(ParseResult parsed, Func<string, string?> environment, OptionFile? file)
{
    private readonly Command _command = parsed.CommandResult.Command;

    /// <returns>Null where it was given nowhere; then its default holds.</returns>
    public GivenOption? Find(Setting setting, ICollection<string> violations)
    {
        var given = Typed(setting) ??
            (setting.Rivals.Any(IsTyped) ? null : InEnvironment(setting) ?? file?.Find(_command.Name, setting));
        if (given is null || !setting.IsFlag)
            return given is null ? null : Checked(given, setting, violations);
        try
        {
            return OptionText.Flag(given.Texts[0]) ? given with { Texts = ["true"] } : null;
        }
        catch (FormatException exception)
        {
            violations.Add($"{given.Where(given.Texts[0])}: {exception.Message}");
            return null;
        }
    }

    /// <summary>Whether it is on the command line, be its value good or not.</summary>
    public bool IsTyped(Setting setting) => Typed(setting) is not null;

    private static string Quoted(string text) =>
        text.Length == 0 || text.Any(char.IsWhiteSpace) ? $"'{text}'" : text;

    private static GivenOption? Checked(GivenOption given, Setting setting, ICollection<string> violations)
    {
        if (given.Texts.Count > 1 && !setting.IsRepeatable)
        {
            violations.Add($"{given.Where(setting.Shown(given.Texts[0]))}: given {given.Texts.Count} times; give it once");
            return null;
        }

        return given;
    }

    private bool IsTyped(string option) =>
        FindOption(option) is { } found && parsed.GetResult(found) is { Implicit: false };

    private Option? FindOption(string name) => _command.Options
        .Concat(parsed.RootCommandResult.Command.Options).FirstOrDefault(option => option.Name == name);

    private GivenOption? Typed(Setting setting)
    {
        var symbol = setting.IsArgument
            ? (Symbol?)_command.Arguments.FirstOrDefault(argument => argument.Name == setting.Name)
            : FindOption(setting.Name);
        return (symbol is null ? null : parsed.GetResult(symbol)) switch
        {
            OptionResult { Implicit: false } option => new GivenOption(
                option.Tokens is [] && setting.IsFlag ? ["true"] : [.. option.Tokens.Select(token => token.Value)],
                text => $"{setting.Name} {Quoted(text)}"),
            ArgumentResult { Tokens.Count: > 0 } argument => new GivenOption(
                [.. argument.Tokens.Select(token => token.Value)], Quoted),
            _ => null,
        };
    }

    private GivenOption? InEnvironment(Setting setting) =>
        setting.Variable is { } name && environment(name) is { Length: > 0 } text
            ? new GivenOption([text], value => $"{name}={Quoted(value)}")
            : null;
}
