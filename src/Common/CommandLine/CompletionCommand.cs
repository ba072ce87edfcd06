using System.CommandLine;

namespace FineWebTorch.Common;

/// <summary><c>completion SHELL</c>: a script by which a shell completes our command lines without asking us.</summary>
public static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <param name="root">The program whose command lines are completed; gets this command.</param>
    /// <param name="output">Gets the script.</param>
    public static Command Create(Command root, TextWriter output) =>
        new CommandTable<Request>(
            [
                new("SHELL", "SHELL", $"{OptionText.Among(Shells)}", Default: null,
                    (request, text) => request with { Shell = OptionText.OneOf(text, Shells) })
                {
                    IsRequired = true,
                    Words = Shells,
                },
            ],
            (request, _, _) => Print(ScriptOf(root, request.Shell), output))
        {
            Examples =
            [
                $"source <({root.Name} completion bash)",
                $"{root.Name} completion fish >~/.config/fish/completions/{root.Name}.fish",
            ],
        }.Complete(new Command("completion", "Print a script by which bash, zsh or fish complete command lines"));

    /// <param name="root">The program.</param>
    /// <param name="shell">bash, zsh or fish.</param>
    public static string ScriptOf(Command root, string shell)
    {
        var program = CompletedProgram.Of(root);
        return shell switch
        {
            "bash" => BashCompletion.Of(program),
            "zsh" => ZshCompletion.Of(program),
            _ => FishCompletion.Of(program),
        };
    }

    private static async Task<int> Print(string script, TextWriter output)
    {
        await output.WriteAsync(script);
        return ExitCode.Success;
    }

    private sealed record Request
    {
        public string Shell { get; init; } = "";
    }
}

/// <summary>What there is to complete.</summary>
/// <param name="Commands">
/// The program without a command, of which the settings are none where it does nothing alone, then all others.
/// </param>
internal sealed record CompletedProgram(string Name, IReadOnlyList<CompletedCommand> Commands)
{
    public static CompletedProgram Of(Command root) => new(root.Name, [.. Describe(root, [])]);

    private static IEnumerable<CompletedCommand> Describe(Command command, string[] words) => command.Subcommands
        .SelectMany(below => Describe(below, [.. words, below.Name]))
        .Prepend(new CompletedCommand(
            words,
            command.Description ?? "",
            [.. (command.Action as CommandTable)?.Settings ?? [], .. CommandContext.Settings, Help],
            [.. command.Subcommands.Select(below => (below.Name, below.Description ?? ""))]));

    private static Setting Help { get; } = Setting.Flag<CommandContext>("--help", "Show help", context => context);
}

/// <summary>A command and all that may follow it.</summary>
/// <param name="Words">That call it, behind the program's name.</param>
/// <param name="Below">Commands of this command.</param>
internal sealed record CompletedCommand(
    IReadOnlyList<string> Words, string Description, IReadOnlyList<Setting> Settings,
    IReadOnlyList<(string Name, string Description)> Below)
{
    /// <summary>Its words with blanks between; empty for the program itself.</summary>
    public string Key => string.Join(' ', Words);

    /// <summary>Of the command that it is a command of.</summary>
    public string Above => string.Join(' ', Words.SkipLast(1));

    public IEnumerable<Setting> Options => Settings.Where(setting => !setting.IsArgument);

    public Setting? Argument => Settings.FirstOrDefault(setting => setting.IsArgument);
}
