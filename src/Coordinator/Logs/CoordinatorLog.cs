using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Telemetry.Logs;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Coordinator.Logs;

/// <summary>What the coordinator logs, and where the logs of a run are.</summary>
internal static class CoordinatorLog
{
    /// <summary>Whose lines the console shows with <c>--verbose</c> alone: the web server's.</summary>
    private static readonly string[] Servers = ["Microsoft.", "Grpc."];

    /// <param name="verbose">Shows every request to the Hub, and what the web server warns of.</param>
    /// <param name="isRun">The run's folder gets a log as well, once it is known.</param>
    /// <param name="console">Gets the lines for people; null for standard error.</param>
    /// <exception cref="UserErrorException">The file that the options name cannot be written.</exception>
    public static ProgramLog Open(
        LogOptions options, bool verbose, bool isRun = false, TextWriter? console = null) => new(
        new LogSetup("coordinator", options)
        {
            Console = new ConsoleSink(console ?? System.Console.Error, ConsoleSink.Named),
            ConsoleLevel = verbose ? LogLevel.Debug : LogLevel.Warning,
            IsShown = source => verbose || !Servers.Any(server => source.StartsWith(server, StringComparison.Ordinal)),
            IsFileToCome = isRun,
        });

    /// <summary>The coordinator's own.</summary>
    public static string PathOf(string runFolder) => Path.Combine(RunPlaces.LogsOf(runFolder), "coordinator.jsonl");

    /// <summary>A local worker's.</summary>
    public static string PathOf(string runFolder, int localWorker) =>
        Path.Combine(RunPlaces.LogsOf(runFolder), FormattableString.Invariant($"local-worker-{localWorker}.jsonl"));

    /// <summary>Keeps what a command ends with that fails.</summary>
    public static void SayEnd(this ProgramLog log, Exception failure)
    {
        var (line, exitCode) = ErrorLine.Describe(failure);
        if (exitCode != ExitCode.Interrupted)
            log.Say(LogLevel.Error, line, exception: failure is UserErrorException ? null : failure);
    }
}
