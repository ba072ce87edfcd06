using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Access;

/// <summary>
/// Makes credentials of machines and knows them again without a list of them: each names the token by which the machine
/// joined, and is signed (HMAC-SHA256) with a key that lies where the tokens do. So a copy of that folder knows them all.
/// </summary>
internal sealed class CredentialSigner(string key)
{
    public const string Prefix = "fwc1_";

    /// <summary>Of the token's digest, which are enough to find it.</summary>
    private const int NameBytes = 16;

    private const int RandomBytes = 16;

    /// <param name="tokenHash">See <see cref="TokenRecord.Hash"/>.</param>
    public Secret Make(string tokenHash)
    {
        byte[] content = [.. NameOf(tokenHash), .. RandomNumberGenerator.GetBytes(RandomBytes)];
        return Secret.Of(Prefix, [.. content, .. Sign(content)]);
    }

    /// <returns>Which of the tokens it came for; null where it is none of ours.</returns>
    public TokenRecord? Find(Secret credential, IEnumerable<TokenRecord> tokens)
    {
        var text = credential.Reveal();
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) ||
            !Base64Url.IsValid(text.AsSpan(Prefix.Length), out var length) ||
            length != NameBytes + RandomBytes + HMACSHA256.HashSizeInBytes)
            return null;
        var bytes = Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length));
        var content = bytes[..(NameBytes + RandomBytes)];
        return CryptographicOperations.FixedTimeEquals(Sign(content), bytes.AsSpan(content.Length))
            ? tokens.FirstOrDefault(token => NameOf(token.Hash).AsSpan().SequenceEqual(content.AsSpan(0, NameBytes)))
            : null;
    }

    private static byte[] NameOf(string tokenHash) => Convert.FromHexString(tokenHash)[..NameBytes];

    private byte[] Sign(byte[] content) => HMACSHA256.HashData(Encoding.ASCII.GetBytes(key), content);
}
