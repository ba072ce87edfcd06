using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FineWebTorch.Hub;

/// <summary>A file of one commit, named by content.</summary>
/// <param name="Commit">40 hex digits.</param>
/// <param name="Etag">
/// sha256 of the content for LFS files, git's blob id for plain ones; names the blob in the cache.
/// </param>
/// <param name="Size">In bytes.</param>
public sealed record RemoteFile(HubRepository Repository, string Commit, string Path, string Etag, long Size)
{
    /// <summary>Null for a plain file.</summary>
    public string? Sha256 => Etag.Length == 64 ? Etag : null;

    public override string ToString() => $"{Repository}/{Path}";
}

/// <summary>
/// Compares content with a file's ETag while it streams by: 64 hex digits are its sha256, 40 are git's blob id, the
/// sha1 of <c>blob LENGTH\0</c> and the content. Another ETag says nothing about the content.
/// </summary>
internal sealed class ContentDigest : IDisposable
{
    private readonly RemoteFile _file;
    private readonly IncrementalHash? _hash;
    private long _length;

    public ContentDigest(RemoteFile file)
    {
        _file = file;
        var hex = file.Etag.All(char.IsAsciiHexDigit);
        if (hex && file.Etag.Length == 64)
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        else if (hex && file.Etag.Length == 40)
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        if (file.Etag.Length == 40)
            _hash?.AppendData(GitBlob.Header(file.Size));
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _length += data.Length;
        _hash?.AppendData(data);
    }

    /// <exception cref="HubException">The content is not the file's.</exception>
    public void Check()
    {
        if (_length != _file.Size)
            throw Wrong($"{_length} bytes came instead of {_file.Size}");
        if (_hash is null)
            return;
        var digest = Convert.ToHexStringLower(_hash.GetHashAndReset());
        if (!digest.Equals(_file.Etag, StringComparison.OrdinalIgnoreCase))
            throw Wrong($"its digest is {digest}, the Hub announced {_file.Etag}");
    }

    public static void Check(RemoteFile file, ReadOnlySpan<byte> content)
    {
        using var digest = new ContentDigest(file);
        digest.Append(content);
        digest.Check();
    }

    public void Dispose() => _hash?.Dispose();

    private HubException Wrong(string how) => new(
        HubErrorKind.WrongContent, $"{_file}: what was downloaded is damaged ({how}); try again")
    {
        Repository = _file.Repository,
    };
}

/// <summary>Git's name for content.</summary>
internal static class GitBlob
{
    public static byte[] Header(long length) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {length}\0"));

    public static string Id(byte[] content) => Convert.ToHexStringLower(
        CryptographicOperations.HashData(HashAlgorithmName.SHA1, (byte[])[.. Header(content.Length), .. content]));
}
