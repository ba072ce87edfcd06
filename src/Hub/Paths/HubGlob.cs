using System.Text;
using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

/// <summary>
/// A file pattern as fsspec and datasets read it: <c>*</c> any run without a slash, <c>**</c> any depth,
/// <c>?</c> one character, <c>[…]</c> a set. Hidden and housekeeping files match only where the pattern names them.
/// </summary>
public sealed class HubGlob
{
    private static readonly string[] Housekeeping =
        ["README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "dummy_data.zip"];

    private readonly string[] _segments;
    private readonly Regex _regex;

    public HubGlob(string pattern)
    {
        _segments = pattern.Split('/');
        var fixedCount = Array.FindIndex(_segments, HasWildcard);
        Folder = string.Join('/', _segments[..(fixedCount < 0 ? _segments.Length - 1 : fixedCount)]);
        NeedsDepth = fixedCount >= 0 && (fixedCount < _segments.Length - 1 || _segments[fixedCount].Contains("**"));
        _regex = new Regex(Translate(_segments), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    /// <summary>The longest folder without a wildcard; empty for the root.</summary>
    public string Folder { get; }

    /// <summary>Whether files below subfolders of <see cref="Folder"/> can match.</summary>
    public bool NeedsDepth { get; }

    public static bool HasWildcard(string path) => path.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    public bool IsMatch(string path) => _regex.IsMatch(path) && path.Split('/').All(IsShown);

    private bool IsShown(string part)
    {
        var hidden = part.StartsWith('.') || part.StartsWith("__", StringComparison.Ordinal) ||
            Housekeeping.Contains(part);
        return !hidden || _segments.Any(segment => segment == part || NamesHidden(segment, part));
    }

    private static bool NamesHidden(string segment, string part) =>
        (part.StartsWith('.') && segment.StartsWith('.')) ||
        (part.StartsWith("__", StringComparison.Ordinal) && segment.StartsWith("__", StringComparison.Ordinal));

    private static string Translate(string[] segments)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            if (segments[i] == "**")
                regex.Append(last ? ".+" : "(?:[^/]+/)*");
            else
                TranslateSegment(segments[i], regex).Append(last ? "" : "/");
        }
        return regex.Append("\\z").ToString();
    }

    private static StringBuilder TranslateSegment(string segment, StringBuilder regex)
    {
        for (var i = 0; i < segment.Length; i++)
        {
            var close = segment[i] == '[' ? segment.IndexOf(']', Math.Min(i + 2, segment.Length)) : -1;
            if (close > 0)
            {
                regex.Append(Set(segment[(i + 1)..close]));
                i = close;
                continue;
            }
            regex.Append(segment[i] switch
            {
                '*' => "[^/]*",
                '?' => "[^/]",
                var literal => Regex.Escape(literal.ToString()),
            });
        }
        return regex;
    }

    private static string Set(string inside)
    {
        var negated = inside[0] is '!' or '^';
        var members = (negated ? inside[1..] : inside)
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("[", "\\[", StringComparison.Ordinal)
            .Replace("]", "\\]", StringComparison.Ordinal)
            .Replace("^", "\\^", StringComparison.Ordinal);
        return negated ? $"[^/{members}]" : $"[{members}]";
    }
}
