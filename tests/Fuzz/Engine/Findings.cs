using System.Diagnostics;
using System.Security.Cryptography;

namespace FineWebTorch.Fuzz.Engine;

/// <summary>Inputs of a target that have found something, each kind of it once.</summary>
/// <param name="folder">Of all targets.</param>
internal sealed class Findings(string folder, string target)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private string Folder => Path.Combine(folder, target);

    /// <summary>Of different kinds, by this process.</summary>
    public int Count => _known.Count;

    /// <summary>That any process has kept since.</summary>
    public int Since(DateTime time) => !Directory.Exists(Folder) ? 0
        : Directory.EnumerateFiles(Folder, "*.txt").Count(file => File.GetLastWriteTimeUtc(file) >= time);

    /// <summary>Keeps the input, and says so, unless one of the kind is known.</summary>
    /// <param name="kind">In a few words.</param>
    /// <param name="place">Tells faults of a kind apart.</param>
    /// <param name="details">All that is known.</param>
    public void Add(byte[] input, string kind, string place, string details)
    {
        if (!_known.Add($"{kind} {place}"))
            return;
        var path = Path.Combine(Directory.CreateDirectory(Folder).FullName, NameOf(kind, input));
        File.WriteAllBytes(path, input);
        var repeat = $"build/fuzz --repeat {target} {path}";
        File.WriteAllText($"{path}.txt", $"{kind} at {place}\n{repeat}\n\n{details}\n");
        Console.WriteLine($"{target}: {kind} at {place}\n  {repeat}");
    }

    /// <summary>An exception that is no refusal.</summary>
    public void Add(byte[] input, Exception exception) =>
        Add(input, exception.GetType().Name, PlaceOf(exception), exception.ToString());

    /// <summary>The innermost method of this program.</summary>
    private static string PlaceOf(Exception exception)
    {
        var innermost = exception;
        while (innermost.InnerException is { } inner)
            innermost = inner;
        var method = new StackTrace(innermost).GetFrames().Select(frame => frame.GetMethod()).FirstOrDefault(
            method => method?.DeclaringType?.FullName is { } name &&
                name.StartsWith("FineWebTorch.", StringComparison.Ordinal) &&
                !name.StartsWith("FineWebTorch.Fuzz.", StringComparison.Ordinal));
        return method is null ? exception.Message : $"{method.DeclaringType}.{method.Name}";
    }

    private static string NameOf(string kind, byte[] input) =>
        $"{string.Concat(kind.Where(char.IsAsciiLetter))}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}";
}
