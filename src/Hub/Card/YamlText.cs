using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

/// <summary>
/// Writes strings as YAML scalars that every reader takes for strings, be its rules of YAML 1.1 or 1.2.
/// </summary>
internal static partial class YamlText
{
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    };

    public static string Scalar(string text) =>
        IsPlain(text) ? text : Quote(text);

    /// <summary>Plain where nobody can doubt it: a word that is no number, date, keyword or indicator.</summary>
    private static bool IsPlain(string text) => Plain().IsMatch(text) && !Words.Contains(text) &&
        !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal);

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
            Append(quoted, rune);
        return quoted.Append('"').ToString();
    }

    private static void Append(StringBuilder quoted, Rune rune)
    {
        switch (rune.Value)
        {
            case '"':
                quoted.Append("\\\"");
                break;
            case '\\':
                quoted.Append("\\\\");
                break;
            case '\n':
                quoted.Append("\\n");
                break;
            case '\t':
                quoted.Append("\\t");
                break;
            default:
                if (IsPrintable(rune))
                    quoted.Append(rune.ToString());
                else
                    quoted.Append(rune.Value > 0xFFFF ? "\\U" : "\\u")
                        .Append(rune.Value.ToString(rune.Value > 0xFFFF ? "X8" : "X4", CultureInfo.InvariantCulture));
                break;
        }
    }

    /// <summary>YAML's own line breaks and byte order marks do not count: they would not survive unescaped.</summary>
    private static bool IsPrintable(Rune rune) => rune.Value is not (0x85 or 0x2028 or 0x2029 or 0xFEFF) &&
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    /// <summary>
    /// Begins with a letter or an underscore, ends with no blank or colon, holds no indicator that matters inside.
    /// </summary>
    [GeneratedRegex(@"^[A-Za-z_]([A-Za-z0-9 _.,/@+*<>()=;:-]*[A-Za-z0-9_./*)>=+-])?\z")]
    private static partial Regex Plain();
}
