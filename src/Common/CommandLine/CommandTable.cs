using System.CommandLine;
using System.CommandLine.Invocation;

namespace FineWebTorch.Common;

/// <summary>What every command is given besides its own options.</summary>
/// <param name="Verbose">Tell more, and where errors come from.</param>
/// <param name="Quiet">Tell errors and the result, nothing else.</param>
public sealed record CommandContext(bool Verbose, bool Quiet)
{
    /// <summary>Where a command tells what is neither its result nor an error.</summary>
    public TextWriter Notices => Quiet ? TextWriter.Null : Console.Error;

    /// <summary>The options of all commands.</summary>
    internal static IReadOnlyList<Setting<CommandContext>> Settings { get; } =
    [
        new("--config", "FILE", "Take options from this file, TOML or JSON", Default: null, (context, _) => context)
        {
            Group = OptionGroup.Console,
            Paths = PathKind.File,
        },
        Setting.Flag<CommandContext>(
            "--quiet", "Show errors and the result only", context => context with { Quiet = true }) with
        {
            Group = OptionGroup.Console,
            Rivals = ["--verbose"],
        },
        Setting.Flag<CommandContext>(
            "--verbose", "Tell more: stack traces of errors, every request to the Hub",
            context => context with { Verbose = true }) with
        {
            Group = OptionGroup.Console,
            Rivals = ["--quiet"],
        },
    ];

    internal static CommandContext Read(OptionSources sources, ICollection<string> violations)
    {
        var context = Settings.Aggregate(new CommandContext(Verbose: false, Quiet: false), (read, setting) =>
            sources.Find(setting, violations) is { } given ? setting.Apply(read, given, violations) : read);
        if (context is { Verbose: true, Quiet: true })
            violations.Add("--quiet and --verbose exclude each other; give one");
        return context;
    }
}

/// <summary>A command's options and what it does with them; the command's action.</summary>
public abstract class CommandTable : AsynchronousCommandLineAction
{
    /// <summary>In the order in which help shows them.</summary>
    public abstract IReadOnlyList<Setting> Settings { get; }

    /// <summary>Lines to paste, for help.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>What <see cref="CommandLineApp"/> calls instead, when it has read the options.</summary>
    public sealed override Task<int> InvokeAsync(
        ParseResult parseResult, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException("run it with CommandLineApp");

    /// <returns>What is to be done; only to be called where there was no violation.</returns>
    internal abstract Func<CancellationToken, Task<int>> Bind(
        OptionSources sources, CommandContext context, ICollection<string> violations);

    private protected void AddSymbols(Command command)
    {
        foreach (var setting in Settings)
        {
            if (setting.IsArgument)
                command.Arguments.Add(ToArgument(setting));
            else
                command.Options.Add(ToOption(setting));
        }

        command.Action = this;
    }

    /// <summary>The library only splits the line: values and their number are checked wherever they come from.</summary>
    internal static Option ToOption(Setting setting) => setting.IsFlag
        ? new Option<bool>(setting.Name) { Description = setting.Description }
        : new Option<string[]>(setting.Name)
        {
            Description = setting.Description,
            HelpName = setting.HelpName,
            Arity = new ArgumentArity(0, ArgumentArity.ZeroOrMore.MaximumNumberOfValues),
            AllowMultipleArgumentsPerToken = false,
        };

    private static Argument<string[]> ToArgument(Setting setting) => new(setting.Name)
    {
        Description = setting.Description,
        Arity = setting.IsRepeatable ? ArgumentArity.ZeroOrMore : ArgumentArity.ZeroOrOne,
    };
}

/// <inheritdoc/>
/// <typeparam name="T">What the command is asked to do.</typeparam>
/// <param name="settings">Its options and arguments.</param>
/// <param name="run">Does it; the result is one of <see cref="ExitCode"/>.</param>
public sealed class CommandTable<T>(
    IReadOnlyList<Setting<T>> settings, Func<T, CommandContext, CancellationToken, Task<int>> run) : CommandTable
    where T : new()
{
    public override IReadOnlyList<Setting> Settings => settings;

    /// <summary>
    /// Completes what was set, and adds a violation for what no option says alone. It may ask by name whether an option
    /// was given at all.
    /// </summary>
    public Func<T, Func<string, bool>, ICollection<string>, T> Finish { get; init; } = (target, _, _) => target;

    /// <summary>Makes a command take these options and do this.</summary>
    public TCommand Complete<TCommand>(TCommand command)
        where TCommand : Command
    {
        AddSymbols(command);
        return command;
    }

    /// <summary>Reads and checks all options at once.</summary>
    /// <param name="violations">Gets a line for each that is wrong; then the result is not to be used.</param>
    public T Read(OptionSources sources, ICollection<string> violations)
    {
        var target = new T();
        var given = new HashSet<string>();
        foreach (var setting in settings)
        {
            if (sources.Find(setting, violations) is { } found)
            {
                given.Add(setting.Name);
                target = setting.Apply(target, found, violations);
            }
            else if (setting.Default is { } text)
                target = setting.Set(target, setting.Resolve(text));
            else if (setting.IsRequired && !sources.IsTyped(setting))
                violations.Add($"{setting.Name} is missing");
        }

        return Finish(target, given.Contains, violations);
    }

    internal override Func<CancellationToken, Task<int>> Bind(
        OptionSources sources, CommandContext context, ICollection<string> violations)
    {
        var target = Read(sources, violations);
        return cancellation => run(target, context, cancellation);
    }
}
