using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FineWebTorch.HubEmulator;

/// <summary>A file of a commit.</summary>
/// <param name="Oid">Git's blob id: of the content, or of the pointer of an LFS file.</param>
/// <param name="Size">Of the content.</param>
/// <param name="Sha256">Null for a plain file.</param>
/// <param name="LastCommit">The commit that put it there.</param>
public sealed record TreeEntry(string Oid, long Size, string? Sha256, string LastCommit)
{
    /// <summary>As it is named in ETags.</summary>
    public string ContentId => Sha256 ?? Oid;

    public static TreeEntry OfLfs(string sha256, long size, string commit) =>
        new(BlobId(PointerText(sha256, size)), size, sha256, commit);

    public static byte[] PointerText(string sha256, long size) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"));

    public static string BlobId(byte[] content) => Convert.ToHexStringLower(CryptographicOperations.HashData(
        HashAlgorithmName.SHA1,
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")),
            .. content]));
}
