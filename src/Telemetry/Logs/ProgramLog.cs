using FineWebTorch.Common;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Parsing;
using ILogger = Microsoft.Extensions.Logging.ILogger;

namespace FineWebTorch.Telemetry.Logs;

/// <summary>
/// The log of one process: what its parts and its libraries say, an event a line, on the console and in files. Nobody who
/// says something waits for either.
/// </summary>
public sealed class ProgramLog : IDisposable
{
    /// <summary>Events that wait for a console or a file, at most.</summary>
    private const int MostWaiting = 10_000;

    private readonly LogSetup _setup;
    private readonly LogIdentity _identity;
    private readonly LogFiles _files;
    private readonly Logger? _console;
    private readonly Logger _root;

    /// <exception cref="UserErrorException">The file that the options name cannot be written.</exception>
    public ProgramLog(LogSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        _setup = setup;
        _identity = new LogIdentity(setup.Program);
        _files = new LogFiles(setup.IsFileToCome);
        _console = setup.Console is null ? null : new LoggerConfiguration().MinimumLevel.Is(LevelOf(setup.ConsoleLevel))
            .WriteTo.Async(sinks => sinks.Sink(setup.Console), MostWaiting, blockWhenFull: false)
            .CreateLogger();
        var root = new LoggerConfiguration().MinimumLevel.Is(LeastLevel(setup)).Enrich.With(_identity)
            .WriteTo.Sink(_files, LevelOf(setup.Options.Level));
        if (_console is not null)
            root.WriteTo.Logger(inner => inner.Filter.ByIncludingOnly(IsForConsole).WriteTo.Logger(_console));
        if (setup.Listener is { } listener)
            root.WriteTo.Sink(listener, LogEventLevel.Warning);
        _root = root.CreateLogger();
        Provider = new SerilogLoggerProvider(_root, dispose: false);
        if (setup.Options.Place is { } place)
            _files.Add(QueueTo(LogPlace.Claim(place, setup.Program)), isLast: !setup.IsFileToCome);
    }

    /// <summary>Of loggers for whoever makes them by providers.</summary>
    public ILoggerProvider Provider { get; }

    /// <summary>What all lines name.</summary>
    public LogIdentity Identity => _identity;

    /// <summary>Told, once a file, that it loses lines.</summary>
    public Action<string> Trouble { get; set; } = _ => { };

    /// <summary>Keeps nothing and shows nothing.</summary>
    public static ProgramLog Silent { get; } = new(new LogSetup("", new LogOptions()));

    /// <summary>Who has logged an event; empty for what was said by <see cref="Say"/>.</summary>
    public static string SourceOf(LogEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        return happened.Properties.TryGetValue(Constants.SourceContextPropertyName, out var value) &&
            value is ScalarValue { Value: string source }
                ? source
                : "";
    }

    public ILogger Logger(string source) => Provider.CreateLogger(source);

    /// <summary>Keeps what the console is told in another way, or not at all.</summary>
    /// <param name="facts">What it is about.</param>
    public void Say(LogLevel level, string text, LogFacts? facts = null, Exception? exception = null) => _root.Write(
        new LogEvent(
            DateTimeOffset.Now, LevelOf(level), exception, new MessageTemplate([new TextToken(text)]),
            facts?.Properties() ?? []));

    /// <summary>
    /// The file that was to come. It gets what has been said before, too; where it cannot be written, <see cref="Trouble"/>
    /// hears of it.
    /// </summary>
    /// <param name="path">Its folder is made where it is missing.</param>
    public void WriteTo(string path) => _files.Add(QueueTo(LogPlace.Of(path)), isLast: true);

    /// <summary>What waits is written, within a few seconds.</summary>
    public void Dispose()
    {
        // A disk or a terminal may hang: then the process ends without it.
        var ending = new Thread(() =>
        {
            _root.Dispose();
            _console?.Dispose();
        })
        { IsBackground = true };
        ending.Start();
        ending.Join(_setup.Patience);
    }

    private Logger QueueTo(RotatedLines lines)
    {
        var file = new LogFile(lines, text => Trouble(text));
        return new LoggerConfiguration().MinimumLevel.Verbose()
            .WriteTo.Async(sinks => sinks.Sink(file), MostWaiting, blockWhenFull: false, file)
            .CreateLogger();
    }

    private bool IsForConsole(LogEvent happened) =>
        SourceOf(happened) is { Length: > 0 } source && _setup.IsShown(source);

    private static LogEventLevel LeastLevel(LogSetup setup)
    {
        var files = setup.IsFileToCome || setup.Options.Place is not null ? setup.Options.Level : LogLevel.Warning;
        return LevelOf(setup.Console is not null && setup.ConsoleLevel < files ? setup.ConsoleLevel : files);
    }

    private static LogEventLevel LevelOf(LogLevel level) => LevelConvert.ToSerilogLevel(level);
}

/// <summary>How a program logs.</summary>
/// <param name="Program">Its name.</param>
public sealed record LogSetup(string Program, LogOptions Options)
{
    /// <summary>Null for none.</summary>
    public ConsoleSink? Console { get; init; }

    public LogLevel ConsoleLevel { get; init; } = LogLevel.Information;

    /// <summary>Whether the console shows what a source logs.</summary>
    public Func<string, bool> IsShown { get; init; } = _ => true;

    /// <summary>Gets warnings and errors; must not wait.</summary>
    public ILogEventSink? Listener { get; init; }

    /// <summary><see cref="ProgramLog.WriteTo"/> will be called.</summary>
    public bool IsFileToCome { get; init; }

    /// <summary>At the end what waits is written for so long.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);
}

/// <summary>What an event is about; null where it is about none.</summary>
public sealed record LogFacts
{
    /// <summary>In snake case.</summary>
    public string? Event { get; init; }

    public string? Worker { get; init; }

    public string? Lease { get; init; }

    public string? File { get; init; }

    /// <summary>Which program said it; null for this one.</summary>
    public string? Program { get; init; }

    /// <summary>What another machine's clock showed.</summary>
    public string? SaidAt { get; init; }

    internal IEnumerable<LogEventProperty> Properties()
    {
        (string Name, string? Value)[] facts =
        [
            (nameof(Event), Event), (nameof(Worker), Worker), (nameof(Lease), Lease), (nameof(File), File),
            (nameof(Program), Program), (nameof(SaidAt), SaidAt),
        ];
        return facts.Where(fact => fact.Value is not null)
            .Select(fact => new LogEventProperty(fact.Name, new ScalarValue(fact.Value)));
    }
}
