using FineWebTorch.Common;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Hub;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>The way to the Hub of one command, made when something is on the Hub.</summary>
/// <param name="environment">Names endpoint, token and cache.</param>
/// <param name="verbose">Tells every request on standard error, without tokens and signed addresses' queries.</param>
internal sealed class RunHub(HubEnvironment environment, bool verbose) : IDisposable
{
    private readonly ILoggerFactory _loggers = LoggerFactory.Create(builder => builder
        .SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Warning)
        .AddPlainConsole());

    private Lazy<HubAccess>? _access;

    public Lazy<HubAccess> Access => _access ??= new Lazy<HubAccess>(() => HubAccess.From(
        environment,
        options => options with
        {
            Logger = _loggers.CreateLogger("hub"),
            Program = ProgramVersion.Product,
        }));

    public void Dispose()
    {
        if (_access is { IsValueCreated: true } made)
            made.Value.Dispose();
        _loggers.Dispose();
    }
}
