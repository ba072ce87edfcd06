using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>
/// What lets a worker in: one word, which holds the coordinator's key by its digest, a secret of 256 bits, and a checksum,
/// by which a token that was mistyped is told from one that does not count.
/// </summary>
/// <param name="Pin">
/// SHA-256 of the coordinator's public key (SubjectPublicKeyInfo), in hexadecimal; null where it is not to be known by its
/// key: where its certificate is of an authority that the worker's system trusts, or where nothing is encrypted.
/// </param>
/// <param name="Secret">Begins with <see cref="SecretPrefix"/>.</param>
/// <param name="IsOwner">
/// For workers of the coordinator's own user: it is shown as it is at each connection. Any other is exchanged for a
/// credential once.
/// </param>
public sealed record JoinToken(string? Pin, Secret Secret, bool IsOwner = false)
{
    public const string SecretPrefix = "fwt1_";

    /// <summary>In a run folder: the token of workers of its own user.</summary>
    public const string OwnerFile = "owner.token";

    private const string Prefix = "fwj1_";
    private const int CheckBytes = 4;

    [Flags]
    private enum Parts : byte
    {
        None = 0,
        Pin = 1,
        Owner = 2,
    }

    /// <summary>The word.</summary>
    public Secret Write()
    {
        var parts = (Pin is null ? Parts.None : Parts.Pin) | (IsOwner ? Parts.Owner : Parts.None);
        byte[] content =
        [
            (byte)parts, .. Pin is null ? [] : Convert.FromHexString(Pin),
            .. Base64Url.DecodeFromChars(Secret.Reveal().AsSpan(SecretPrefix.Length)),
        ];
        return Secret.Of(Prefix, [.. content, .. CheckOf(content)]);
    }

    /// <exception cref="FormatException">It is none; what is wrong with it shows nothing of it.</exception>
    public static JoinToken Parse(string word)
    {
        if (!word.StartsWith(Prefix, StringComparison.Ordinal))
            throw new FormatException(
                $"not a join token, which begins with {Prefix}; copy the line that 'coordinator token show' prints");
        var bytes = Decode(word.AsSpan(Prefix.Length)) ?? [];
        var parts = bytes.Length > 0 ? (Parts)bytes[0] : Parts.None;
        var pinBytes = parts.HasFlag(Parts.Pin) ? SHA256.HashSizeInBytes : 0;
        var length = 1 + pinBytes + Secret.Bytes;
        if (bytes.Length != length + CheckBytes || !CheckOf(bytes.AsSpan(0, length)).AsSpan().SequenceEqual(bytes.AsSpan(length)))
            throw new FormatException(
                "the join token is mistyped or cut off; copy the whole line that 'coordinator token show' prints");
        return new JoinToken(
            pinBytes == 0 ? null : Convert.ToHexStringLower(bytes.AsSpan(1, pinBytes)),
            Secret.Of(SecretPrefix, bytes.AsSpan(1 + pinBytes, Secret.Bytes)),
            parts.HasFlag(Parts.Owner));
    }

    /// <summary>An option's value: the word, or @ and the file that holds it.</summary>
    /// <exception cref="FormatException">There is no such file, or no token.</exception>
    public static JoinToken ParseOption(string text)
    {
        if (!text.StartsWith('@'))
            return Parse(text.Trim());
        try
        {
            return Parse(File.ReadAllText(text[1..]).Trim());
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FormatException($"the file cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>Of a run of this user; null where there is none that this user may read.</summary>
    public static JoinToken? OfOwner(string runFolder)
    {
        try
        {
            return PrivateFile.TryRead(Path.Combine(runFolder, OwnerFile)) is { } word ? Parse(word) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static byte[] CheckOf(ReadOnlySpan<byte> content) =>
        SHA256.HashData([.. Encoding.ASCII.GetBytes(Prefix), .. content])[..CheckBytes];
}
