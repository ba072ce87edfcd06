using System.Security.Cryptography;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Storage;

/// <summary>Fetches a file through the coordinator; it appears under its name when it is complete and proved.</summary>
internal static class CoordinatorDownload
{
    /// <param name="sha256">Expected; null or empty where the coordinator does not know it yet.</param>
    /// <param name="received">Told of bytes as they arrive.</param>
    /// <returns>The file's SHA-256, lower-case hexadecimal.</returns>
    /// <exception cref="IOException">What arrived has another size or digest.</exception>
    public static async Task<string> FetchAsync(
        CoordinatorCalls streams, ReadFileRequest request, string path, ulong size, string? sha256,
        CancellationToken cancellation, Action<int>? received = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Several workers may share the folder, and nobody may lay a link where it will be.
        var part = $"{path}.{Path.GetRandomFileName()}.part";
        try
        {
            var actual = await WriteAsync(streams, request, part, size, received, cancellation);
            if (!string.IsNullOrEmpty(sha256) && actual != sha256)
                throw new IOException($"{path}: arrived damaged (sha256 {actual}, not {sha256})");
            File.Move(part, path, overwrite: true);
            return actual;
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task<string> WriteAsync(
        CoordinatorCalls streams, ReadFileRequest request, string part, ulong size, Action<int>? received,
        CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        await streams.ReadFileAsync(
            request,
            async (data, token) =>
            {
                if ((ulong)(file.Position + data.Length) > size)
                    throw new IOException($"{part}: more than the announced {size} bytes arrived");
                hash.AppendData(data.Span);
                await file.WriteAsync(data, token);
                received?.Invoke(data.Length);
            },
            cancellation);
        return (ulong)file.Position == size
            ? Convert.ToHexStringLower(hash.GetHashAndReset())
            : throw new IOException($"{part}: {file.Position} of {size} bytes arrived");
    }
}
