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
/// <param name="Own">The program without a command; its settings are none where it does nothing alone.</param>
/// <param name="Commands">The others.</param>
internal sealed record CompletedProgram(string Name, CompletedCommand Own, IReadOnlyList<CompletedCommand> Commands)
{
    /// <summary>The command's names, with blanks between.</summary>
    public string CommandNames => string.Join(' ', Commands.Select(command => command.Name));

    public static CompletedProgram Of(Command root) => new(
        root.Name, Describe(root), [.. root.Subcommands.Select(Describe)]);

    private static CompletedCommand Describe(Command command) => new(
        command.Name,
        command.Description ?? "",
        [.. (command.Action as CommandTable)?.Settings ?? [], .. CommandContext.Settings, Help]);

    private static Setting Help { get; } = Setting.Flag<CommandContext>("--help", "Show help", context => context);
}

/// <summary>A command and all that may follow it.</summary>
internal sealed record CompletedCommand(string Name, string Description, IReadOnlyList<Setting> Settings)
{
    public IEnumerable<Setting> Options => Settings.Where(setting => !setting.IsArgument);

    public Setting? Argument => Settings.FirstOrDefault(setting => setting.IsArgument);
}
