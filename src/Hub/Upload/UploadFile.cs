using System.Security.Cryptography;
using System.Text;

namespace FineWebTorch.Hub;

/// <summary>A file to be published: what the Hub wants to know of it beforehand.</summary>
/// <param name="Path">In the repository.</param>
/// <param name="Sample">The first bytes, at most 512: by them the Hub tells text from binary.</param>
public sealed record UploadFile(string Path, long Size, string Sha256, byte[] Sample)
{
    internal const int SampleSize = 512;

    /// <summary>Git's blob id of the content, by which plain files are compared; null where it is not known.</summary>
    public string? BlobId { get; init; }

    /// <summary>Where the content is on this machine; null where it is elsewhere.</summary>
    public string? LocalPath { get; init; }

    public static UploadFile FromBytes(string path, byte[] content) =>
        new(path, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)),
            content[..Math.Min(SampleSize, content.Length)])
        {
            BlobId = GitBlob.Id(content),
        };

    /// <summary>Reads the whole file once.</summary>
    public static async Task<UploadFile> ReadAsync(
        string localPath, string path, CancellationToken cancellationToken = default)
    {
        using var stream = File.OpenRead(localPath);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        sha1.AppendData(GitBlob.Header(stream.Length));
        var buffer = new byte[1 << 20];
        byte[]? sample = null;
        while (await stream.ReadAtLeastAsync(buffer, SampleSize, false, cancellationToken)
            .ConfigureAwait(false) is var read and > 0)
        {
            sample ??= buffer[..Math.Min(SampleSize, read)];
            sha256.AppendData(buffer, 0, read);
            sha1.AppendData(buffer, 0, read);
        }
        return new UploadFile(path, stream.Length, Convert.ToHexStringLower(sha256.GetHashAndReset()), sample ?? [])
        {
            BlobId = Convert.ToHexStringLower(sha1.GetHashAndReset()),
            LocalPath = localPath,
        };
    }
}

/// <summary>Git's name for content.</summary>
internal static class GitBlob
{
    public static byte[] Header(long length) =>
        Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"blob {length}\0"));

    public static string Id(byte[] content) => Convert.ToHexStringLower(
        CryptographicOperations.HashData(HashAlgorithmName.SHA1, (byte[])[.. Header(content.Length), .. content]));
}
