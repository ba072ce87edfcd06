using FineWebTorch.Hub;
using FineWebTorch.Worker.Inputs;
using FineWebTorch.Worker.Shards;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Session;

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
