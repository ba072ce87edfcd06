using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>Runs a command line as all our programs do: one line an error, stack traces only on demand.</summary>
public static class CommandLineApp
{
    // Signals are ours (TerminationSignals): the library's own handling would end the process too early.
    private static readonly InvocationConfiguration Invocation = new()
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    // A file whose name begins with @ is a file, and options from files come by --config.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    /// <summary>
    /// Makes the console take UTF-8; to be called before anyone asks for its writers, which keep the encoding that they
    /// began with.
    /// </summary>
    public static void WriteUtf8()
    {
        // Windows' consoles have a code page of their own, which lacks most of what documents are written in.
        if (OperatingSystem.IsWindows())
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    }

    /// <param name="root">The commands; the options of all programs are added to it.</param>
    /// <param name="args">As given to the program.</param>
    /// <param name="cancellation">Ends the command; see <see cref="TerminationSignals"/>.</param>
    /// <param name="error">Where error lines go; standard error when null.</param>
    /// <param name="environment">Variables by name; the process' when null.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        RootCommand root, string[] args, CancellationToken cancellation, TextWriter? error = null,
        Func<string, string?>? environment = null)
    {
        error ??= Console.Error;
        var verbose = false;
        try
        {
            Prepare(root);
            var parsed = root.Parse(args, Parser);
            verbose = parsed.GetValue<bool>("--verbose");
            return parsed.Action is CommandTable || parsed.Errors.Count > 0
                ? await Bind(parsed, environment ?? Environment.GetEnvironmentVariable, out verbose)(cancellation)
                : await parsed.InvokeAsync(Invocation, cancellation);
        }
#pragma warning disable CA1031 // The one place where every failure becomes a line
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var (line, exitCode) = ErrorLine.Describe(exception);
            var trace = verbose ? $"\n{Redaction.Clean(exception.ToString())}" : "";
            await LastWords.SayAsync(error, $"{root.Name}: {line}{trace}");
            return exitCode;
        }
    }

    /// <summary>Gives a program what all programs have.</summary>
    internal static void Prepare(RootCommand root)
    {
        foreach (var setting in CommandContext.Settings)
        {
            var option = CommandTable.ToOption(setting);
            option.Recursive = true;
            root.Options.Add(option);
        }

        if (!Tables(root).Any())
            return;
        root.Options.OfType<HelpOption>().Single().Action = new HelpText.Printing();
        root.Subcommands.Add(CompletionCommand.Create(root, Console.Out));
    }

    private static Func<CancellationToken, Task<int>> Bind(
        ParseResult parsed, Func<string, string?> environment, out bool verbose)
    {
        verbose = false;
        var (root, command) = (parsed.RootCommandResult.Command, parsed.CommandResult.Command);
        List<string> violations = [.. CommandLineFaults.Of(parsed)];
        Func<CancellationToken, Task<int>>? run = null;
        if (command.Action is CommandTable table)
        {
            OpenSsl.Demand(environment);
            var sources = OpenSources(parsed, table, environment, violations);
            var context = CommandContext.Read(sources, violations);
            verbose = context.Verbose;
            run = table.Bind(sources, context, violations);
        }

        if (violations.Count == 0)
            return run!;
        var name = HelpText.NameOf(root, command);
        throw new UserErrorException(
            $"{string.Join("; ", violations.Distinct())} (see '{name} --help')", ExitCode.Usage);
    }

    private static OptionSources OpenSources(
        ParseResult parsed, CommandTable table, Func<string, string?> environment, List<string> violations)
    {
        var given = new OptionSources(parsed, environment, file: null).Find(CommandContext.Settings[0], violations);
        if (given is not { Texts: [var path, ..] })
            return new OptionSources(parsed, environment, file: null);
        var file = OptionFile.Read(path);
        var root = parsed.RootCommandResult.Command;
        IReadOnlyList<Setting> common = [.. CommandContext.Settings.Skip(1)];
        violations.AddRange(file.Unknown(
            parsed.CommandResult.Command.Name,
            [.. table.Settings, .. common],
            [.. Tables(root).SelectMany(other => other.Settings)],
            [.. Commands(root).Select(command => command.Name)]));
        return new OptionSources(parsed, environment, file);
    }

    private static IEnumerable<CommandTable> Tables(Command root) =>
        Commands(root).Select(command => command.Action).OfType<CommandTable>();

    private static IEnumerable<Command> Commands(Command root) =>
        root.Subcommands.SelectMany(Commands).Prepend(root);
}
