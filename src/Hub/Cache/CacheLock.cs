namespace FineWebTorch.Hub;

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
