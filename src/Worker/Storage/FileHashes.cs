using System.Collections.Concurrent;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Storage;

/// <summary>SHA-256 of local files, computed once as long as size and modification time stay the same.</summary>
internal sealed class FileHashes
{
    private readonly ConcurrentDictionary<(string Path, long Size, DateTime Modified), string> _known = new();

    /// <returns>Lower-case hexadecimal.</returns>
    public async Task<string> Sha256Async(string path, CancellationToken cancellation)
    {
        var file = new FileInfo(FileIdentity.RealPath(path));
        var key = (path, file.Length, file.LastWriteTimeUtc);
        if (_known.TryGetValue(key, out var known))
            return known;
        return _known[key] = await Sha256.OfFileAsync(path, cancellation);
    }
}
