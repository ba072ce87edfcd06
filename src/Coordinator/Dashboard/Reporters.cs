using Spectre.Console;

namespace FineWebTorch.Coordinator.Dashboard;

/// <summary>Chooses how a run is reported.</summary>
internal static class Reporters
{
    /// <summary>JSON lines when asked for, a live display on a terminal, plain lines everywhere else.</summary>
    public static IReporter Create(bool json) => json
        ? new JsonReporter(Console.Out)
        : !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi
            ? new LiveReporter(AnsiConsole.Console)
            : new PlainReporter(Console.Out, Console.Error);
}
