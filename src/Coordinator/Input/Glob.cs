using System.Text;
using System.Text.RegularExpressions;

namespace FineWebTorch.Coordinator.Input;

/// <summary>
/// A path pattern as shells know it: <c>*</c> and <c>?</c> within a name, <c>[a-z]</c> one of some characters,
/// <c>**</c> any folders. Upper and lower case differ.
/// </summary>
internal sealed class Glob(string pattern)
{
    private static readonly char[] Special = ['*', '?', '['];

    private readonly Regex _regex = new(ToRegex(pattern), RegexOptions.CultureInvariant | RegexOptions.Singleline);

    public static bool IsPattern(string path) => path.IndexOfAny(Special) >= 0;

    /// <summary>Splits into the folder before the first name with a pattern, and the rest with '/' between names.</summary>
    public static (string Folder, string Pattern) Split(string path)
    {
        var parts = path.Replace(Path.DirectorySeparatorChar, '/').Split('/');
        var first = Array.FindIndex(parts, IsPattern);
        var folder = string.Join(Path.DirectorySeparatorChar, parts[..first]);
        return (folder.Length == 0 ? Path.DirectorySeparatorChar.ToString() : folder, string.Join('/', parts[first..]));
    }

    /// <param name="name">'/'-separated.</param>
    public bool Matches(string name) => _regex.IsMatch(name);

    private static string ToRegex(string pattern)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            var close = pattern[i] == '[' ? pattern.IndexOf(']', Math.Min(i + 2, pattern.Length)) : -1;
            if (string.CompareOrdinal(pattern, i, "**/", 0, 3) == 0)
            {
                regex.Append("(?:[^/]+/)*");
                i += 2;
            }
            else if (string.CompareOrdinal(pattern, i, "**", 0, 2) == 0)
            {
                regex.Append(".*");
                i++;
            }
            else if (close > 0)
            {
                var set = pattern[(i + 1)..close].Replace(@"\", @"\\", StringComparison.Ordinal);
                regex.Append('[').Append(set[0] == '!' ? "^/" + set[1..] : set).Append(']');
                i = close;
            }
            else
            {
                regex.Append(pattern[i] switch
                {
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    var other => Regex.Escape(other.ToString()),
                });
            }
        }

        return regex.Append(@"\z").ToString();
    }
}
