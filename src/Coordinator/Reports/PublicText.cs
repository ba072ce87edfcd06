using System.Text.RegularExpressions;
using FineWebTorch.Common;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>
/// Text as everybody may read it: without secrets, without what turns the order of reading around, and without the
/// folders of the machines on which a run was made.
/// </summary>
internal static partial class PublicText
{
    private const int Most = 300;

    /// <summary>A name, or a reason in which paths may stand.</summary>
    public static string Of(string text) =>
        PlainText.Clean(Folders().Replace(Redaction.Clean(text), "…/"), Most);

    /// <summary>An input, output or model as an option names it.</summary>
    /// <returns>On the Hub all of it; of a folder or pattern here its last folder and what follows.</returns>
    public static string OfPlace(string place)
    {
        if (!Path.IsPathRooted(place))
            return PlainText.Clean(Redaction.Clean(place), Most);
        var parts = place.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);
        var pattern = Array.FindIndex(parts, part => part.AsSpan().IndexOfAny('*', '?', '[') >= 0);
        return PlainText.Clean(string.Join('/', parts[(pattern switch
        {
            < 0 => Math.Max(0, parts.Length - 1),
            _ => Math.Max(0, pattern - 1),
        })..]), Most);
    }

    /// <summary>Of an absolute path on Linux, Windows or a share all but its last part; not of an address.</summary>
    [GeneratedRegex(@"(?<![\w.:/\\~…-])(~|[A-Za-z]:)?[/\\]{1,2}(?=[^\s/\\])([^/\\\r\n\t""'<>:|,;()]+[/\\])*")]
    private static partial Regex Folders();
}
