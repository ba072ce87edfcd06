using System.Security.Cryptography;

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
        new(path, content.Length, Common.Sha256.Of(content),
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

/// <summary>How a file travels.</summary>
public enum UploadMode
{
    /// <summary>Inside the commit.</summary>
    Regular,

    /// <summary>To the storage, before the commit.</summary>
    Lfs,
}

/// <summary>The Hub's word on a file before it is uploaded.</summary>
/// <param name="Ignored">The repository's <c>.gitignore</c> names it: leave it out.</param>
/// <param name="RemoteId">
/// Of what is at that path now: sha256 for LFS, git's blob id for plain files; null for nothing.
/// </param>
public sealed record PreuploadedFile(UploadFile File, UploadMode Mode, bool Ignored, string? RemoteId)
{
    /// <summary>The path holds this very content already: there is nothing to commit.</summary>
    public bool IsUnchanged => RemoteId is not null && (RemoteId == File.Sha256 || RemoteId == File.BlobId);
}

/// <param name="HeadCommit">Of the branch; null where the Hub did not say.</param>
public sealed record PreuploadResult(IReadOnlyList<PreuploadedFile> Files, string? HeadCommit);
