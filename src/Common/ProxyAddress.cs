using System.Net;
using System.Text.RegularExpressions;

namespace FineWebTorch.Common;

/// <summary>
/// A proxy as people name it, <c>http://NAME:PASSWORD@HOST:PORT</c>. No text made from this object shows the password.
/// </summary>
/// <param name="Address">Without name and password.</param>
/// <param name="Credential">Null where it was named without.</param>
public sealed partial record ProxyAddress(Uri Address, NetworkCredential? Credential)
{
    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5"];

    /// <param name="text">A host alone, with or without a port, stands for one that speaks HTTP.</param>
    public static ProxyAddress? TryParse(string text)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        // As curl calls a socks5 that looks names up itself, which is the only way here.
        full = full.Replace("socks5h://", "socks5://", StringComparison.OrdinalIgnoreCase);
        if (!Uri.TryCreate(full, UriKind.Absolute, out var uri) || !Schemes.Contains(uri.Scheme) ||
            uri.Host.Length == 0)
            return null;
        return new ProxyAddress(new UriBuilder(uri.Scheme, uri.Host, uri.Port).Uri, CredentialOf(uri.UserInfo));
    }

    public override string ToString() => Address.GetLeftPart(UriPartial.Authority);

    /// <summary>
    /// A text with the names and passwords of all addresses in it left out; a mistyped address of a database may hold a
    /// password with '/', one on the Hub names a revision behind '@'.
    /// </summary>
    public static string Hide(string text) => UserInfo().Replace(text, "://…@");

    private static NetworkCredential? CredentialOf(string userInfo)
    {
        if (userInfo.Length == 0)
            return null;
        var parts = userInfo.Split(':', 2);
        return new NetworkCredential(
            Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }

    // Not what shows people how to write one.
    [GeneratedRegex(@"(?<=postgres(?:ql)?)://\S*@|://(?!NAME:PASSWORD@)[^/\s]*@")]
    private static partial Regex UserInfo();
}
