using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text;
using System.Text.RegularExpressions;

namespace FineWebTorch.Common;

/// <summary>Runs a command line as all our programs do: one line an error, stack traces only on demand.</summary>
public static partial class CommandLineApp
{
    private static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "Show stack traces of errors",
        Recursive = true,
    };

    /// <param name="root">The commands; <c>--verbose</c> is added to it.</param>
    /// <param name="args">As given to the program.</param>
    /// <param name="cancellation">Ends the command; see <see cref="TerminationSignals"/>.</param>
    /// <param name="error">Where error lines go; standard error when null.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        RootCommand root, string[] args, CancellationToken cancellation, TextWriter? error = null)
    {
        // Windows' consoles have a code page of their own, which lacks most of what documents are written in.
        if (OperatingSystem.IsWindows())
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        error ??= Console.Error;
        root.Options.Add(Verbose);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            var name = parsed.CommandResult.Command.Name;
            var suggestions = Suggestions(parsed);
            var faults = parsed.Errors.Select(fault => Fault(fault.Message.TrimEnd('.'), suggestions));
            await error.WriteLineAsync(
                $"{root.Name}: {string.Join("; ", faults)}" +
                $" (see '{(name == root.Name ? name : $"{root.Name} {name}")} --help')");
            return ExitCode.Usage;
        }

        return await InvokeAsync(parsed, root.Name, error, cancellation);
    }

    /// <summary>The parser's line, and what may have been meant by the word that it does not know.</summary>
    private static string Fault(string message, Dictionary<string, string[]> suggestions)
    {
        var unknown = suggestions.Keys.FirstOrDefault(word => message.EndsWith($"'{word}'", StringComparison.Ordinal));
        return unknown is null ? message : $"{message}: did you mean {string.Join(" or ", suggestions[unknown])}?";
    }

    /// <summary>Names like the words that nobody knows. The library tells them in its output alone.</summary>
    private static Dictionary<string, string[]> Suggestions(ParseResult parsed)
    {
        var suggestions = new Dictionary<string, string[]>();
        if (parsed.Action is not ParseErrorAction action)
            return suggestions;
        action.ShowHelp = false;
        using var output = new StringWriter();
        parsed.Invoke(new InvocationConfiguration { Output = output, Error = TextWriter.Null });
        foreach (Match found in Suggestion().Matches(output.ToString()))
        {
            var word = found.Groups["word"].Value;
            // An option is not what a value was meant to be, nor the other way round.
            string[] names = [.. found.Groups["name"].Captures.Select(name => name.Value)
                .Where(name => name.StartsWith('-') == word.StartsWith('-'))];
            if (names.Length > 0)
                suggestions[word] = names;
        }
        return suggestions;
    }

    [GeneratedRegex(@"'(?<word>[^'\s]+)' was not matched\. Did you mean one of the following\?(?:\s+(?<name>[^'\s]+))+")]
    private static partial Regex Suggestion();

    private static async Task<int> InvokeAsync(
        ParseResult parsed, string program, TextWriter error, CancellationToken cancellation)
    {
        // Signals are ours (TerminationSignals): the library's own handling would end the process too early.
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellation);
        }
#pragma warning disable CA1031 // The one place where every failure becomes a line
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var (line, exitCode) = ErrorLine.Describe(exception);
            await error.WriteLineAsync($"{program}: {line}");
            if (parsed.GetValue(Verbose))
                await error.WriteLineAsync(exception.ToString());
            return exitCode;
        }
    }
}
