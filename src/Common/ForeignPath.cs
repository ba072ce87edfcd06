using System.Text;
using System.Text.RegularExpressions;

namespace FineWebTorch.Common;

/// <summary>
/// The one rule for names of files that come from elsewhere (a listing of the Hub, a coordinator, a worker, an index in a
/// model folder) and become files here: they stay below the folder that they are put into, on every system.
/// </summary>
public static partial class ForeignPath
{
    /// <summary>Of one part: file systems have room for 255 bytes, of which endings of our own take some.</summary>
    public const int LongestName = 240;

    /// <summary>Of all parts together, in UTF-8.</summary>
    public const int LongestPath = 2000;

    private static readonly string[] WindowsDevices =
    [
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
        .. "0123456789¹²³".SelectMany(number => (string[])[$"COM{number}", $"LPT{number}"]),
    ];

    private const string NotOnWindows = ":*?\"<>|";

    private const string Unknown = "?";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The parts of a '/'-separated path.</summary>
    /// <exception cref="ForeignPathException">It could lead elsewhere, or cannot be a file's.</exception>
    public static string[] Segments(string path) => FaultOf(path, OperatingSystem.IsWindows()) is { } fault
        ? throw new ForeignPathException(path, fault)
        : path.Split('/');

    /// <summary>A name without any folder.</summary>
    /// <inheritdoc cref="Segments"/>
    public static string Name(string name) => Segments(name) is [var only]
        ? only
        : throw new ForeignPathException(name, "it is no plain name of a file");

    /// <summary>Where a '/'-separated path is below a folder.</summary>
    /// <inheritdoc cref="Segments"/>
    public static string Combine(string folder, string path) => Path.Combine([folder, .. Segments(path)]);

    /// <summary>
    /// As <see cref="Combine"/>, for who is about to write: no folder on the way below <paramref name="folder"/> is a link,
    /// so that nobody who may make one there has the file written elsewhere.
    /// </summary>
    /// <exception cref="ForeignPathException">It could lead elsewhere, or does.</exception>
    public static string CombineToWrite(string folder, string path)
    {
        var segments = Segments(path);
        var place = folder;
        foreach (var segment in segments[..^1])
        {
            place = Path.Combine(place, segment);
            if (new DirectoryInfo(place).LinkTarget is { } target)
                throw new ForeignPathException(
                    path, $"{place} is a link (to {PlainText.Clean(target, 200)}), where it would be written through");
        }

        return Path.Combine(place, segments[^1]);
    }

    /// <summary>What is wrong with a path, to follow "'path': "; null for a good one.</summary>
    /// <param name="windows">By the rules of its file systems too, where more names mean something else.</param>
    public static string? FaultOf(string path, bool windows)
    {
        if (ByteCount(path) is not (> 0 and <= LongestPath))
            return path.Length == 0 ? "it is empty" : $"it is no text, or longer than {LongestPath} bytes";
        return path.Split('/').Select(part => FaultOfName(part, windows)).FirstOrDefault(fault => fault is not null);
    }

    /// <summary>
    /// Two of some names that are one file where upper and lower case, or the ways to write an accent, are not told apart,
    /// as on Windows and macOS; null where there are none.
    /// </summary>
    /// <remarks>
    /// Of names with accents that stand apart it is not known which letter they make (that takes tables which a program
    /// without a culture lacks): they clash with whatever has some other letter at that place.
    /// </remarks>
    public static (string First, string Second)? FindClash(IEnumerable<string> names)
    {
        var (seen, outlines) = (new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase),
            new Dictionary<string, (string Name, bool HasMarks)>(StringComparer.OrdinalIgnoreCase));
        foreach (var name in names)
        {
            var outline = Marked().Replace(name, Unknown);
            var hasMarks = outline != name;
            outline = NoAscii().Replace(outline, Unknown);
            if (!seen.TryAdd(name, name))
                return (seen[name], name);
            if (!outlines.TryAdd(outline, (name, hasMarks)) && (hasMarks || outlines[outline].HasMarks))
                return (outlines[outline].Name, name);
        }

        return null;
    }

    /// <summary>A letter with accents that stand apart.</summary>
    [GeneratedRegex(@"\P{M}\p{M}+")]
    private static partial Regex Marked();

    [GeneratedRegex(@"[^\x00-\x7f]")]
    private static partial Regex NoAscii();

    private static string? FaultOfName(string name, bool windows)
    {
        if (name is "" or "." or "..")
            return "it has an empty, '.' or '..' part";
        if (name.Any(char.IsControl))
            return "it has a control character";
        if (name.Contains('\\', StringComparison.Ordinal))
            return @"it has a '\', which separates folders on Windows";
        if (ByteCount(name) > LongestName)
            return $"a part of it is longer than {LongestName} bytes";
        return windows ? FaultOnWindows(name) : null;
    }

    private static string? FaultOnWindows(string name)
    {
        if (name.Any(character => NotOnWindows.Contains(character, StringComparison.Ordinal)))
            return "it has a character that Windows does not allow in names";
        if (name[^1] is '.' or ' ')
            return "a part of it ends with a dot or a blank, which Windows leaves out";
        return WindowsDevices.Contains(name.Split('.')[0].TrimEnd(' '), StringComparer.OrdinalIgnoreCase)
            ? "a part of it is the name of a device on Windows"
            : null;
    }

    /// <returns>-1 for half a surrogate pair, which no file can be called by.</returns>
    private static int ByteCount(string text)
    {
        try
        {
            return Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            return -1;
        }
    }
}

/// <summary>A name from elsewhere that no file here may have.</summary>
public sealed class ForeignPathException(string path, string fault)
    : IOException($"'{PlainText.Clean(path, 200)}' cannot be the name of a file here: {fault}")
{
    /// <summary>To follow the path, or something that shows it.</summary>
    public string Fault => fault;
}
