using System.Collections.Concurrent;
using System.Security.Cryptography;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Storage;

/// <summary>SHA-256 of local files, computed once as long as size and modification time stay the same.</summary>
internal sealed class FileHashes
{
    private readonly ConcurrentDictionary<(string Path, FileStamp Stamp), string> _known = new();

    /// <param name="progressed">Called as the file is read.</param>
    /// <returns>Lower-case hexadecimal.</returns>
    public async Task<string> Sha256Async(
        string path, CancellationToken cancellation, Action? progressed = null)
    {
        var key = (path, FileStamp.Of(path));
        if (_known.TryGetValue(key, out var known))
            return known;
        return _known[key] = await ReadAsync(path, progressed, cancellation);
    }

    private static async Task<string> ReadAsync(string path, Action? progressed, CancellationToken cancellation)
    {
        var options = new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan };
        await using var file = new FileStream(path, options);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        while (await file.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            progressed?.Invoke();
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>
/// What shows that a file has become another one. Not its inode: some network file systems number the same file anew.
/// </summary>
/// <param name="Length">In bytes.</param>
/// <param name="Modified">In UTC.</param>
internal readonly record struct FileStamp(long Length, DateTime Modified)
{
    /// <summary>A link's own length says nothing of the file, and all files of a Hub cache are links.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static FileStamp Of(string path)
    {
        var file = new FileInfo(FileIdentity.RealPath(path));
        return new FileStamp(file.Length, file.LastWriteTimeUtc);
    }
}
