using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Worker.Session;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Commands;

/// <summary>What a worker logs: on standard error for people, and in the file that the options name.</summary>
internal static class WorkerLog
{
    /// <summary>Who the lines of this program itself come from.</summary>
    public const string Source = "worker";

    /// <param name="quiet">Errors only on the console.</param>
    /// <param name="verbose">Every request to the Hub on the console.</param>
    /// <param name="relay">Gets warnings and errors for the coordinator; null where there is none.</param>
    /// <param name="console">Gets the lines for people; null for standard error.</param>
    /// <exception cref="Common.UserErrorException">The file cannot be written.</exception>
    public static ProgramLog Open(
        LogOptions options, bool quiet, bool verbose = false, WarningRelay? relay = null, TextWriter? console = null)
    {
        var level = quiet ? LogLevel.Error : verbose ? LogLevel.Debug : LogLevel.Information;
        var log = new ProgramLog(new LogSetup("worker", options)
        {
            Console = new ConsoleSink(console ?? Console.Error, ConsoleSink.Timed),
            ConsoleLevel = level,
            Listener = relay,
        });
        log.Trouble = text => log.Logger(Source).Warn(text);
        return log;
    }
}
