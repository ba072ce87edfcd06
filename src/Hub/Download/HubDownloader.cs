namespace FineWebTorch.Hub;

/// <summary>
/// Fetches files from signed addresses, into the shared cache or anywhere. Needs no token, so workers can use it.
/// </summary>
/// <param name="cache">Null where only <see cref="FetchAsync"/> is used.</param>
public sealed class HubDownloader(HubTransport transport, HubCache? cache = null, DownloadOptions? options = null)
{
    private readonly DownloadOptions _options = options ?? new DownloadOptions();

    public HubTransport Transport => transport;

    public HubCache Cache => cache ?? throw new InvalidOperationException("this downloader was made without a cache");

    /// <summary>Fetches a file into the cache unless it is there.</summary>
    /// <param name="renew">Gets a new address once this one has expired; null where nobody can.</param>
    /// <returns>Its path in the snapshot of its commit.</returns>
    public async Task<string> StoreAsync(
        RemoteFile file, SignedDownload download, Func<CancellationToken, Task<SignedDownload>>? renew = null,
        CancellationToken cancellationToken = default)
    {
        using var reader = new RemoteFileReader(transport, file, download, renew);
        return await StoreAsync(reader, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Fetches a file to <paramref name="path"/>, continuing <c>PATH.incomplete</c> where that exists.
    /// </summary>
    public async Task FetchAsync(
        RemoteFile file, SignedDownload download, string path,
        Func<CancellationToken, Task<SignedDownload>>? renew = null, CancellationToken cancellationToken = default)
    {
        using var reader = new RemoteFileReader(transport, file, download, renew);
        await SaveAsync(reader, path, cancellationToken).ConfigureAwait(false);
    }

    internal async Task SaveAsync(RemoteFileReader reader, string path, CancellationToken cancellationToken)
    {
        var temporary = path + ".incomplete";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        await DownloadAsync(reader, temporary, cancellationToken).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
    }

    internal async Task<string> StoreAsync(RemoteFileReader reader, CancellationToken cancellationToken)
    {
        var file = reader.File;
        var writer = new HubCacheWriter(Cache);
        writer.Prepare(file.Repository);
        bool IsMissing() => !IsStored(file);
        var held = await CacheLock.TakeAsync(
            Cache.LockFile(file.Repository, file.Etag), IsMissing, transport.Options.Time, cancellationToken)
            .ConfigureAwait(false);
        using (held)
        {
            if (IsMissing())
            {
                var temporary = IncompleteFiles.Claim(Cache.BlobFile(file.Repository, file.Etag));
                await DownloadAsync(reader, temporary, cancellationToken).ConfigureAwait(false);
                writer.Publish(file, temporary);
            }
        }
        return writer.Link(file);
    }

    /// <summary>Whether the content is in the cache, linked or not.</summary>
    internal bool IsStored(RemoteFile file) => File.Exists(
        Cache.Symlinks ? Cache.BlobFile(file.Repository, file.Etag)
            : Cache.SnapshotFile(file.Repository, file.Commit, file.Path));

    private async Task DownloadAsync(RemoteFileReader reader, string path, CancellationToken cancellationToken)
    {
        for (var again = true; ;)
        {
            var have = new FileInfo(path) is { Exists: true } left ? left.Length : 0;
            if (have > 0)
                HubLog.Resuming(transport.Logger, reader.File.ToString(), have);
            DiskSpace.Demand(Path.GetDirectoryName(Path.GetFullPath(path))!, reader.File.Size - have, _options);
            try
            {
                await new FileDownload(reader, _options).RunAsync(path, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (HubException exception) when (exception.Kind == HubErrorKind.WrongContent)
            {
                File.Delete(path);
                // The damage may be in what an earlier attempt left: once more without it.
                if (have == 0 || !again)
                    throw;
                again = false;
            }
        }
    }
}
