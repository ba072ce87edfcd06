using System.CommandLine;
using System.CommandLine.Invocation;

namespace FineWebTorch.Common;

/// <summary>Runs a command line as all our programs do: one line an error, stack traces only on demand.</summary>
public static class CommandLineApp
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
        error ??= Console.Error;
        root.Options.Add(Verbose);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            var name = parsed.CommandResult.Command.Name;
            var faults = parsed.Errors.Select(e => e.Message.TrimEnd('.')).Concat(Suggestions(parsed));
            await error.WriteLineAsync(
                $"{root.Name}: {string.Join("; ", faults)}" +
                $" (see '{(name == root.Name ? name : $"{root.Name} {name}")} --help')");
            return ExitCode.Usage;
        }

        return await InvokeAsync(parsed, root.Name, error, cancellation);
    }

    /// <summary>What was meant by words that nobody knows; the library writes it to the output.</summary>
    private static IEnumerable<string> Suggestions(ParseResult parsed)
    {
        if (parsed.Action is not ParseErrorAction action)
            return [];
        action.ShowHelp = false;
        using var output = new StringWriter();
        parsed.Invoke(new InvocationConfiguration { Output = output, Error = TextWriter.Null });
        return output.ToString().ReplaceLineEndings("\n")
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(one => one.ReplaceLineEndings(" "));
    }

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
