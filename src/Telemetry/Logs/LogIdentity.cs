using Serilog.Core;
using Serilog.Events;

namespace FineWebTorch.Telemetry.Logs;

/// <summary>Who and what all lines of a log are about, as far as it is known by then.</summary>
public sealed class LogIdentity(string program) : ILogEventEnricher
{
    private volatile string? _run;
    private volatile string? _worker;

    public string? Run
    {
        get => _run;
        set => _run = value;
    }

    public string? Worker
    {
        get => _worker;
        set => _worker = value;
    }

    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        ArgumentNullException.ThrowIfNull(logEvent);
        Add(logEvent, "Program", program);
        Add(logEvent, "Run", _run);
        Add(logEvent, "Worker", _worker);
    }

    private static void Add(LogEvent happened, string name, string? value)
    {
        if (value is not null)
            happened.AddPropertyIfAbsent(new LogEventProperty(name, new ScalarValue(value)));
    }
}
