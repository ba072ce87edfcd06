using System.Text;
using System.Text.RegularExpressions;

namespace FineWebTorch.Common;

/// <summary>
/// A pattern of '/'-separated paths as shells, fsspec and datasets read it: <c>*</c> any run without a slash,
/// <c>?</c> one character, <c>[a-z]</c> and <c>[!a-z]</c> a set, <c>**</c> any number of folders (at the end:
/// everything below). Upper and lower case differ; a bracket that is not closed stands for itself.
/// </summary>
/// <remarks>
/// The libraries there are read patterns otherwise: Microsoft.Extensions.FileSystemGlobbing knows neither <c>?</c> nor
/// sets, DotNet.Glob no <c>[^…]</c> and no set of several ranges, and its <c>[!…]</c> matches a slash.
/// </remarks>
public sealed partial class Glob
{
    private readonly Regex _regex;

    /// <exception cref="FormatException">A set is no set, such as <c>[z-a]</c>.</exception>
    public Glob(string pattern)
    {
        var names = pattern.Split('/');
        var first = Array.FindIndex(names, HasWildcard);
        Folder = string.Join('/', names[..(first < 0 ? names.Length - 1 : first)]);
        NeedsDepth = first >= 0 && (first < names.Length - 1 || names[first].Contains("**"));
        Names = names;
        _regex = Compile(pattern, Translate(names));
    }

    /// <summary>The pattern, split at its slashes.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The longest folder without a wildcard, without a slash at its end; empty for the root.</summary>
    public string Folder { get; }

    /// <summary>Whether files below subfolders of <see cref="Folder"/> can match.</summary>
    public bool NeedsDepth { get; }

    public static bool HasWildcard(string path) => path.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    public bool IsMatch(string path) => _regex.IsMatch(path);

    private static Regex Compile(string pattern, string regex)
    {
        try
        {
            return new Regex(
                regex, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline);
        }
        catch (RegexParseException broken)
        {
            throw new FormatException($"'{pattern}' is no pattern: a range in brackets runs backwards", broken);
        }
    }

    private static string Translate(string[] names)
    {
        var regex = new StringBuilder("^");
        for (var i = 0; i < names.Length; i++)
        {
            var last = i == names.Length - 1;
            if (names[i] == "**")
                regex.Append(last ? ".+" : "(?:[^/]+/)*");
            else
                TranslateName(names[i], regex).Append(last ? "" : "/");
        }

        return regex.Append(@"\z").ToString();
    }

    private static StringBuilder TranslateName(string name, StringBuilder regex)
    {
        for (var i = 0; i < name.Length; i++)
        {
            // A bracket right after the opening one is a member.
            var close = name[i] == '[' ? name.IndexOf(']', Math.Min(i + 2, name.Length)) : -1;
            if (close > 0)
            {
                regex.Append(Set(name[(i + 1)..close]));
                i = close;
                continue;
            }

            var crossesFolders = name.AsSpan(i).StartsWith("**");
            i += crossesFolders ? 1 : 0;
            regex.Append(name[i] switch
            {
                '*' => crossesFolders ? ".*" : "[^/]*",
                '?' => "[^/]",
                var literal => Regex.Escape(literal.ToString()),
            });
        }

        return regex;
    }

    private static string Set(string inside)
    {
        var negated = inside[0] is '!' or '^';
        var members = Escaped().Replace(negated ? inside[1..] : inside, @"\$0");
        return negated ? $"[^/{members}]" : $"[{members}]";
    }

    [GeneratedRegex(@"[\\\[\]^]")]
    private static partial Regex Escaped();
}
