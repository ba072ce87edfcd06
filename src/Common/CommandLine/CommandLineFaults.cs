using System.CommandLine;
using System.CommandLine.Parsing;

namespace FineWebTorch.Common;

/// <summary>What is wrong with a command line before any value is looked at, in the words of its user.</summary>
internal static class CommandLineFaults
{
    /// <param name="parsed">A line that is for some command, or for none.</param>
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Action is null && parsed.UnmatchedTokens.Count == 0)
            return [$"name a command: {OptionText.Among([.. command.Subcommands.Select(known => known.Name)])}"];
        var unmatched = Unmatched(parsed);
        return command.Action is CommandTable or null
            ? [.. unmatched, .. Misplaced(parsed), .. WithoutValue(parsed)]
            : [.. unmatched, .. Others(parsed)];
    }

    /// <summary>What the library says of commands whose values it reads itself.</summary>
    private static IEnumerable<string> Others(ParseResult parsed) => parsed.Errors
        .Select(fault => fault.Message.TrimEnd('.'))
        .Where(message => !parsed.UnmatchedTokens.Any(word => message.EndsWith($"'{word}'", StringComparison.Ordinal)));

    private static IEnumerable<string> Unmatched(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = HelpText.NameOf(parsed.RootCommandResult.Command, command);
        IReadOnlyList<string> words = [.. parsed.UnmatchedTokens, .. TakenForArguments(parsed)];
        for (var i = 0; i < words.Count; i++)
        {
            if (IsOption(words[i]))
                yield return $"{words[i]}: {name} has no such option{Typos.Hint(words[i], OptionsOf(parsed))}";
            else if (i > 0 && IsOption(words[i - 1]))
                continue; // Most likely its value
            else if (command.Subcommands.Count > 0)
                yield return $"{words[i]}: {name} has no such command" +
                    Typos.Hint(words[i], command.Subcommands.Select(known => known.Name));
            else
                yield return $"{words[i]}: {name} takes {(command.Arguments.Count > 0 ? "no more" : "no")} arguments";
        }
    }

    /// <summary>
    /// Options that nobody knows, where an argument takes any number of words. Behind "--" they are meant to be words.
    /// </summary>
    private static IEnumerable<string> TakenForArguments(ParseResult parsed)
    {
        var arguments = parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens).Select(token => token.Value).ToHashSet();
        return parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value)
            .Where(word => IsOption(word) && arguments.Contains(word));
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-';

    private static IEnumerable<string> OptionsOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options
            .Concat(parsed.RootCommandResult.Command.Options.Where(known => known.Recursive))
            .Select(known => known.Name);

    /// <summary>Options of the program itself that stand before a command: they would do nothing.</summary>
    private static IEnumerable<string> Misplaced(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command == parsed.RootCommandResult.Command)
            yield break;
        foreach (var option in parsed.RootCommandResult.Command.Options.Where(option => !option.Recursive))
        {
            if (parsed.GetResult(option) is { Implicit: false } &&
                parsed.CommandResult.Children.All(child => child is not OptionResult own || own.Option != option))
                yield return $"{option.Name}: write it after '{command.Name}', if that has it";
        }
    }

    private static IEnumerable<string> WithoutValue(ParseResult parsed) =>
        Given(parsed).Where(given => given.Option is not Option<bool> && given.Option.Action is null &&
                given.Tokens.Count < given.IdentifierTokenCount)
            .Select(given => $"{given.Option.Name}: give a value, {given.Option.Name} {given.Option.HelpName}");

    private static IEnumerable<OptionResult> Given(ParseResult parsed) =>
        parsed.CommandResult.Children.Concat(parsed.RootCommandResult.Children).OfType<OptionResult>()
            .Where(given => !given.Implicit).Distinct();
}
