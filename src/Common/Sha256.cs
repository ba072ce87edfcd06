using System.Security.Cryptography;
using System.Text;

namespace FineWebTorch.Common;

/// <summary>SHA-256 as this program writes it: 64 lower-case hexadecimal digits.</summary>
public static class Sha256
{
    private const int Length = 64;

    public static bool IsOne(string text) => text.Length == Length && text.All(char.IsAsciiHexDigitLower);

    public static string Of(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Of the text in UTF-8.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Of a style or script that stands in a page itself, as a content security policy names it.</summary>
    /// <remarks>hash-source of https://www.w3.org/TR/CSP3/: in base64, not in hexadecimal digits.</remarks>
    public static string PolicySource(string text) =>
        $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<string> OfFileAsync(string path, CancellationToken cancellationToken = default)
    {
        var options = new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan };
        await using var stream = new FileStream(path, options);
        return await OfAsync(stream, cancellationToken);
    }

    /// <summary>Of what is left of a stream.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<string> OfAsync(Stream stream, CancellationToken cancellationToken = default) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
}
