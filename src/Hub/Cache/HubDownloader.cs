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
        using var reader = new RemoteFileReader(transport, file, download, renew) { Received = _options.Received };
        return await StoreAsync(reader, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Fetches a file to <paramref name="path"/>, continuing <c>PATH.incomplete</c> where that exists.
    /// </summary>
    public async Task FetchAsync(
        RemoteFile file, SignedDownload download, string path,
        Func<CancellationToken, Task<SignedDownload>>? renew = null, CancellationToken cancellationToken = default)
    {
        using var reader = new RemoteFileReader(transport, file, download, renew) { Received = _options.Received };
        await SaveAsync(reader, path, cancellationToken).ConfigureAwait(false);
    }

    internal async Task SaveAsync(RemoteFileReader reader, string path, CancellationToken cancellationToken)
    {
        var temporary = IncompleteFiles.Of(path);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        await DownloadAsync(reader, temporary, cancellationToken).ConfigureAwait(false);
        File.Move(temporary, path, overwrite: true);
    }

    internal async Task<string> StoreAsync(RemoteFileReader reader, CancellationToken cancellationToken)
    {
        var file = reader.File;
        var writer = new HubCacheWriter(Cache);
        writer.Prepare(file.Repository);
        bool IsMissing() => !writer.IsStored(file);
        var held = await CacheLock.TakeAsync(
            Cache.LockFile(file.Repository, file.Etag), IsMissing, transport.Options.Time, cancellationToken)
            .ConfigureAwait(false);
        using (held)
        {
            if (IsMissing())
            {
                var blob = Cache.BlobFile(file.Repository, file.Etag);
                var temporary = IncompleteFiles.NewName(blob);
                // The lock says that no other attempt is alive.
                IncompleteFiles.TakeOver(blob, temporary);
                await DownloadAsync(reader, temporary, cancellationToken).ConfigureAwait(false);
                writer.Publish(file, temporary);
            }
        }
        return writer.Link(file);
    }

    private async Task DownloadAsync(RemoteFileReader reader, string path, CancellationToken cancellationToken)
    {
        for (var again = true; ;)
        {
            var have = new FileInfo(path) is { Exists: true } left ? left.Length : 0;
            if (have > 0)
                HubLog.Resuming(transport.Logger, reader.File.ToString(), have);
            _options.DemandRoom(Path.GetDirectoryName(Path.GetFullPath(path))!, reader.File.Size - have);
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

/// <summary>
/// Names of files under way: <c>PATH.incomplete</c> where one process alone fetches a file, else
/// <c>PATH.xxxxxxxx.incomplete</c>, one a process, as other tools name the blobs of the shared cache.
/// </summary>
public static class IncompleteFiles
{
    private const string Extension = ".incomplete";

    /// <summary>What <see cref="HubDownloader.FetchAsync"/> writes to until the file is complete.</summary>
    public static string Of(string path) => path + Extension;

    /// <summary>A name that no other process writes to.</summary>
    public static string NewName(string path) => Of($"{path}.{Guid.NewGuid().ToString("N")[..8]}");

    /// <summary>
    /// Gives another name to the largest file left over from attempts that died: a rename succeeds for one process
    /// alone. Call where none of these attempts can be alive.
    /// </summary>
    /// <param name="path">As in <see cref="NewName"/>; its folder must exist.</param>
    /// <param name="name">In a folder that exists; there is no such file yet.</param>
    public static void TakeOver(string path, string name)
    {
        var left = new DirectoryInfo(Path.GetDirectoryName(path)!)
            .EnumerateFiles(Path.GetFileName(path) + ".*" + Extension)
            .OrderByDescending(file => file.Length);
        foreach (var file in left)
        {
            try
            {
                file.MoveTo(name);
                return;
            }
            catch (IOException)
            {
                // Another process was faster.
            }
        }
    }
}

/// <summary>
/// The lock by which tools avoid downloading the same blob twice at once (<c>flock</c>, as Python's filelock takes it).
/// It saves work and no more: some file systems grant it to everyone.
/// </summary>
internal static class CacheLock
{
    /// <summary>EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.</summary>
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020)];

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits for the lock.</summary>
    /// <param name="isNeeded">Asked while waiting: the holder may have done the work.</param>
    /// <returns>Dispose to release; null when it is no longer needed.</returns>
    public static async Task<FileStream?> TakeAsync(
        string path, Func<bool> isNeeded, TimeProvider time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (isNeeded())
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (HeldByAnother.Contains(exception.HResult))
            {
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
        return null;
    }
}
