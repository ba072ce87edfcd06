using FineWebTorch.Hub;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Session;

/// <summary>
/// Sits out an outage of the Hub's storage that outlasted the retries of single requests. A worker whose own network
/// is at fault must give its lease back one day, so the patience ends.
/// </summary>
/// <param name="random">Uniform in [0, 1).</param>
internal sealed class StoragePatience(TimeProvider time, Func<double> random, ILogger log)
{
    private const int MaxRounds = 10;

    public async Task<T> RunAsync<T>(Func<Task<T>> transfer, CancellationToken cancellation)
    {
        var backOff = new BackOff(random);
        for (var round = 1; ; round++)
        {
            try
            {
                return await transfer();
            }
            catch (HubException failure) when (round < MaxRounds && MayPass(failure.Kind))
            {
                var pause = backOff.Next();
                log.StorageAway(failure.Message, pause.TotalSeconds);
                await Task.Delay(pause, time, cancellation);
            }
        }
    }

    private static bool MayPass(HubErrorKind kind) => kind is HubErrorKind.Unreachable or HubErrorKind.TimedOut
        or HubErrorKind.ServerError or HubErrorKind.RateLimited or HubErrorKind.LinkExpired;
}
