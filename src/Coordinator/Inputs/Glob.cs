using System.Text;
using System.Text.RegularExpressions;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>
/// A path pattern as shells know it: <c>*</c> and <c>?</c> within a name, <c>[a-z]</c> one of some characters,
/// <c>**</c> any folders. Upper and lower case differ.
/// </summary>
internal sealed class Glob(string pattern)
{
    private static readonly char[] Special = ['*', '?', '['];

    private readonly Regex _regex = new(ToRegex(pattern), RegexOptions.CultureInvariant | RegexOptions.Singleline);

    public static bool IsPattern(string path) => path.IndexOfAny(Special) >= 0;

    /// <summary>Splits into the folder before the first name with a pattern, and the '/'-separated rest.</summary>
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
        for (var i = 0; i < pattern.Length;)
        {
            var (text, length) = Next(pattern.AsSpan(i));
            regex.Append(text);
            i += length;
        }

        return regex.Append(@"\z").ToString();
    }

    /// <returns>The first piece of a pattern as a regular expression, and how long that piece was.</returns>
    private static (string Regex, int Length) Next(ReadOnlySpan<char> pattern) => pattern switch
    {
        ['*', '*', '/', ..] => ("(?:[^/]+/)*", 3),
        ['*', '*', ..] => (".*", 2),
        ['*', ..] => ("[^/]*", 1),
        ['?', ..] => ("[^/]", 1),
        ['[', _, .. var rest] when rest.IndexOf(']') is >= 0 and var close => (Set(pattern[1..(close + 2)]), close + 3),
        _ => (Regex.Escape(pattern[0].ToString()), 1),
    };

    private static string Set(ReadOnlySpan<char> characters)
    {
        var set = characters.ToString().Replace(@"\", @"\\", StringComparison.Ordinal);
        return set[0] == '!' ? $"[^/{set[1..]}]" : $"[{set}]";
    }
}
