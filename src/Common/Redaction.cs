using System.Text.RegularExpressions;

namespace FineWebTorch.Common;

/// <summary>
/// The last filter before a text is shown, logged or sent: whatever would let its reader in somewhere is left out. Types
/// keep their secrets to themselves, as a token that has no text; this is for the texts of others, such as exceptions
/// of the network.
/// </summary>
public static partial class Redaction
{
    private const string Hidden = "…";

    /// <summary>Shorter ones would be found in texts that have nothing to do with them.</summary>
    private const int ShortestSecret = 8;

    private static readonly Lock Knowing = new();

    private static volatile string[] _known = [];

    /// <summary>Has a secret of this process left out of every text from now on, however it is written.</summary>
    public static void Know(string secret)
    {
        if (secret.Length < ShortestSecret)
            return;
        lock (Knowing)
        {
            if (!_known.Contains(secret))
                _known = [.. _known, secret];
        }
    }

    /// <summary>
    /// A text without the secrets that are known, names and passwords in addresses, query strings, signatures, tokens
    /// behind "Bearer", and what looks like a token of the Hub or of a coordinator.
    /// </summary>
    public static string Clean(string text)
    {
        foreach (var secret in _known)
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        text = QueriesLeftOut(ProxyAddress.Hide(text));
        text = Signature().Replace(text, Hidden);
        return Token().Replace(Bearer().Replace(text, $"Bearer {Hidden}"), Hidden);
    }

    /// <summary>A text with the query strings of all addresses in it left out.</summary>
    public static string QueriesLeftOut(string text) => Query().Replace(text, $"$1?{Hidden}");

    [GeneratedRegex(@"(https?://[^\s""'<>?]*)\?[^\s""'<>]*", RegexOptions.IgnoreCase)]
    private static partial Regex Query();

    /// <summary>Of an address that is not whole: storage of S3, of CloudFront and Google, of Azure.</summary>
    [GeneratedRegex(
        @"\b(X-(Amz|Goog)-(Signature|Credential|Security-Token)|Signature|Key-Pair-Id|Policy|sig)=[^&\s""'<>]*",
        RegexOptions.IgnoreCase)]
    private static partial Regex Signature();

    [GeneratedRegex(@"\bBearer\s+[\w.~+/=-]{16,}", RegexOptions.IgnoreCase)]
    private static partial Regex Bearer();

    /// <summary>Of the Hub, and those by which workers join.</summary>
    [GeneratedRegex(@"\b(hf_(oauth_|jwt_)?[A-Za-z0-9]{30,}|fw[a-z]1_[A-Za-z0-9_-]{20,})")]
    private static partial Regex Token();
}
