using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Storage;

/// <summary>
/// Downloads inputs from the Hub's storage by addresses that the coordinator gets signed. The Hub's token stays there.
/// </summary>
internal sealed class HubInputs(HubDownloader downloader, CoordinatorCalls locations, StoragePatience patience)
{
    /// <summary>Fetches a file, continuing what an earlier attempt left.</summary>
    /// <param name="file">With an <c>hf://</c> path.</param>
    /// <param name="path">Where the file appears when it is complete and, where its digest is known, proved.</param>
    /// <returns>False where the coordinator has no address for it.</returns>
    /// <exception cref="HubException">Storage stayed away, or the disk is too small, or the bytes are wrong.</exception>
    public async Task<bool> TryFetchAsync(InputFile file, string path, CancellationToken cancellation)
    {
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

    /// <summary>What an attempt leaves that did not get to its end.</summary>
    public static string Unfinished(string path) => path + ".incomplete";

    private static RemoteFile Describe(InputFile file)
    {
        var place = HubPath.Parse(file.Path);
        return new RemoteFile(
            place.Repository, place.Revision ?? "main", place.Path, file.Sha256, checked((long)file.Size));
    }

    private static SignedDownload Signed(InputLocation location) => new(
        location.Url,
        location.ExpiresUnixSeconds > 0 ? DateTimeOffset.FromUnixTimeSeconds(location.ExpiresUnixSeconds) : null,
        NeedsToken: false);
}
