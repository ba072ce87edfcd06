using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Rpc;
using Microsoft.Extensions.Logging;
using Polly;

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

    public HubInputs Inputs => new(transport, _downloads, calls, _patience);

    public ShardUploader Uploader => new(transport, calls, _patience);

    public void Dispose() => transport.Dispose();
}

/// <summary>
/// Sits out an outage of the Hub's storage that outlasted the retries of single requests. A worker whose own network
/// is at fault must give its lease back one day, so the patience ends.
/// </summary>
/// <param name="random">Uniform in [0, 1).</param>
internal sealed class StoragePatience(TimeProvider time, Func<double> random, ILogger log)
{
    private const int Rounds = 10;

    private static readonly Action<ILogger, string, double, Exception?> LogAway = LoggerMessage.Define<string, double>(
        LogLevel.Warning, new EventId(15, "StorageAway"), "{Problem}; trying again in {Seconds:F1} s");

    private readonly ResiliencePipeline _retry = Retry.Create(
        CoordinatorChannel.Retries(time, random) with { Attempts = Rounds },
        failure => failure is HubException { Kind: var kind } && MayPass(kind),
        onRetry: (failure, pause, _) => LogAway(log, failure.Message, pause.TotalSeconds, null));

    public async Task<T> RunAsync<T>(Func<Task<T>> transfer, CancellationToken cancellation) =>
        await _retry.ExecuteAsync(async _ => await transfer(), cancellation);

    private static bool MayPass(HubErrorKind kind) => kind is HubErrorKind.Unreachable or HubErrorKind.TimedOut
        or HubErrorKind.ServerError or HubErrorKind.RateLimited or HubErrorKind.LinkExpired;
}

/// <summary>
/// Downloads inputs from the Hub's storage by addresses that the coordinator gets signed. The Hub's token stays there.
/// </summary>
internal sealed class HubInputs(
    HubTransport transport, DownloadOptions options, CoordinatorCalls locations, StoragePatience patience)
{
    /// <summary>Fetches a file, continuing what an earlier attempt left.</summary>
    /// <param name="file">With an <c>hf://</c> path.</param>
    /// <param name="path">Where the file appears when it is complete and, where its digest is known, proved.</param>
    /// <param name="received">Told of bytes as they arrive, by several threads.</param>
    /// <returns>False where the coordinator has no address for it.</returns>
    /// <exception cref="HubException">Storage stayed away, or the disk is too small, or the bytes are wrong.</exception>
    public async Task<bool> TryFetchAsync(
        InputFile file, string path, Action<int> received, CancellationToken cancellation)
    {
        var downloader = new HubDownloader(transport, options: options with { Received = received });
        var remote = Describe(file);
        return await patience.RunAsync(
            async () =>
            {
                if (await locations.LocateInputAsync(file.Index, cancellation) is not { } first)
                    return false;
                await downloader.FetchAsync(remote, Signed(first), path, RenewAsync, cancellation);
                return true;
            },
            cancellation);

        async Task<SignedDownload> RenewAsync(CancellationToken token) => Signed(
            await locations.LocateInputAsync(file.Index, token)
            ?? throw new IOException($"{file.Path}: the coordinator does not renew its address"));
    }

    private static RemoteFile Describe(InputFile file)
    {
        var place = HubPath.Parse(file.Path);
        return new RemoteFile(
            place.Repository, place.Revision ?? "main", place.Path, file.Sha256, checked((long)file.Size));
    }

    private SignedDownload Signed(InputLocation location)
    {
        Endpoints.Trust(transport, location.Endpoint);
        return new SignedDownload(
            location.Url,
            location.ExpiresUnixSeconds > 0 ? DateTimeOffset.FromUnixTimeSeconds(location.ExpiresUnixSeconds) : null,
            NeedsToken: false);
    }
}

/// <summary>
/// The coordinator's word on where the Hub is: a worker may connect to storage beside it, see <see cref="AddressGuard"/>.
/// </summary>
file static class Endpoints
{
    /// <param name="endpoint">Empty where the coordinator says nothing.</param>
    public static void Trust(HubTransport transport, string endpoint)
    {
        if (Uri.TryCreate(endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            transport.Guard.Trust(url);
    }
}

/// <summary>
/// Carries finished shards to the Hub's storage by addresses that the coordinator gets signed. The Hub's token stays
/// there.
/// </summary>
internal sealed class ShardUploader(HubTransport transport, CoordinatorCalls plans, StoragePatience patience)
{
    /// <summary>Ends when storage has the shard; parts that arrived are not sent again.</summary>
    /// <param name="fence">Of the build lease.</param>
    /// <exception cref="HubException">Storage stayed away, or refused the shard.</exception>
    /// <param name="sent">Told of bytes as they are sent.</param>
    public async Task UploadAsync(
        string path, ulong fence, ShardResult shard, Action<int> sent, CancellationToken cancellation)
    {
        var uploader = new ObjectUploader(transport) { Sent = sent };
        var blob = new LfsObject(shard.Sha256, shard.Size);
        var arrived = new MultipartState();
        await patience.RunAsync(
            async () => await uploader.UploadAsync(
                path, await PlanAsync(cancellation), PlanAsync, arrived, cancellation),
            cancellation);

        async Task<UploadActions> PlanAsync(CancellationToken token)
        {
            var request = new PlanUploadRequest { Fence = fence, Size = (ulong)shard.Size, Sha256 = shard.Sha256 };
            var plan = await plans.PlanUploadAsync(request, token);
            Endpoints.Trust(transport, plan.Endpoint);
            return ToActions(blob, plan);
        }
    }

    // The coordinator has the upload verified: that needs the token.
    private static UploadActions ToActions(LfsObject blob, UploadPlan plan) => new(
        blob,
        plan.UploadUrl.Length == 0 ? null : plan.UploadUrl,
        plan.ChunkSize == 0 ? null : checked((long)plan.ChunkSize),
        plan.PartUrls,
        VerifyUrl: null);
}
