using Spectre.Console;

namespace FineWebTorch.Terminal;

/// <summary>Finds out whether one writes on a terminal.</summary>
public static class Terminals
{
    /// <param name="output">Standard output or standard error.</param>
    /// <returns>The terminal that it is; null where it is none, or one whose cursor cannot be moved.</returns>
    public static IAnsiConsole? Of(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        return console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi ? console : null;
    }
}
