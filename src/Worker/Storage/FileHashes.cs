using System.Collections.Concurrent;
using System.Security.Cryptography;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Storage;

/// <summary>SHA-256 of local files, computed once as long as size and modification time stay the same.</summary>
internal sealed class FileHashes
{
    private readonly ConcurrentDictionary<(string Path, long Size, DateTime Modified), string> _known = new();

    /// <param name="progressed">Called as the file is read.</param>
    /// <returns>Lower-case hexadecimal.</returns>
    public async Task<string> Sha256Async(
        string path, CancellationToken cancellation, Action? progressed = null)
    {
        var file = new FileInfo(FileIdentity.RealPath(path));
        var key = (path, file.Length, file.LastWriteTimeUtc);
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
