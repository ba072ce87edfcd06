using FineWebTorch.Hub;
using FineWebTorch.Worker.Rpc;

using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Storage;

/// <summary>A worker's way to the Hub's storage: knows no token, the coordinator has addresses signed.</summary>
/// <param name="random">Uniform in [0, 1).</param>
internal sealed class HubStorage(
    HubTransport transport, CoordinatorCalls calls, TimeProvider time, Func<double> random, ILogger log,
    DownloadOptions? downloads = null) : IDisposable
{
    private readonly StoragePatience _patience = new(time, random, log);

    private readonly DownloadOptions _downloads = (downloads ?? new DownloadOptions()) with
    {
        DiskAdvice = "start the worker with --cache on another disk",
    };

    public HubInputs Inputs => new(new HubDownloader(transport, options: _downloads), calls, _patience);

    public ShardUploader Uploader => new(new ObjectUploader(transport), calls, _patience);

    public void Dispose() => transport.Dispose();
}

/// <summary>
/// Sits out an outage of the Hub's storage that outlasted the retries of single requests. A worker whose own network
/// is at fault must give its lease back one day, so the patience ends.
/// </summary>
/// <param name="random">Uniform in [0, 1).</param>
internal sealed partial class StoragePatience(TimeProvider time, Func<double> random, ILogger log)
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
                LogAway(log, failure.Message, pause.TotalSeconds);
                await Task.Delay(pause, time, cancellation);
            }
        }
    }

    [LoggerMessage(15, LogLevel.Warning, "{Problem}; trying again in {Seconds:F1} s", EventName = "StorageAway")]
    private static partial void LogAway(ILogger log, string problem, double seconds);

    private static bool MayPass(HubErrorKind kind) => kind is HubErrorKind.Unreachable or HubErrorKind.TimedOut
        or HubErrorKind.ServerError or HubErrorKind.RateLimited or HubErrorKind.LinkExpired;
}
