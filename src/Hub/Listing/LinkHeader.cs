using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

/// <summary>The <c>Link</c> header by which pages are chained (RFC 8288, as far as the Hub uses it).</summary>
internal static partial class LinkHeader
{
    public static string? Next(string? header)
    {
        foreach (Match link in Links().Matches(header ?? ""))
        {
            if (link.Groups["rel"].Value == "next")
                return link.Groups["url"].Value;
        }
        return null;
    }

    [GeneratedRegex(@"<(?<url>[^>]*)>\s*;[^,<]*?\brel=""?(?<rel>[\w-]+)""?")]
    private static partial Regex Links();
}
