using Microsoft.Extensions.Hosting;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>Signals are the program's business, not the web server's.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
