using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>The way to the Hub of one command, made when something is on the Hub.</summary>
/// <param name="environment">Names endpoint, token and cache.</param>
/// <param name="log">Is told of attempts and, at its lowest level, of every request, without signed addresses' queries.</param>
internal sealed class RunHub(HubEnvironment environment, ProgramLog log) : IDisposable
{
    private Lazy<HubAccess>? _access;

    public Lazy<HubAccess> Access => _access ??= new Lazy<HubAccess>(() => HubAccess.From(
        environment,
        options => options with
        {
            Logger = log.Logger("hub"),
            Program = ProgramVersion.Product,
        }));

    public void Dispose()
    {
        if (_access is { IsValueCreated: true } made)
            made.Value.Dispose();
    }
}
