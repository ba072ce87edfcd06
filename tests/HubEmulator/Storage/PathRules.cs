using System.IO.Enumeration;

namespace FineWebTorch.HubEmulator;

/// <summary>What <c>.gitattributes</c> and <c>.gitignore</c> say of a path, as far as simple patterns go.</summary>
internal sealed class PathRules(string? attributes, string? ignored, long largestPlainFile)
{
    private readonly List<string> _lfs = [.. Lines(attributes)
        .Where(line => line.Contains("filter=lfs", StringComparison.Ordinal)).Select(line => line.Split(' ')[0])];

    private readonly List<string> _ignored = [.. Lines(ignored)];

    public bool IsLfs(string path, long size, byte[] sample) =>
        size > largestPlainFile || sample.Contains((byte)0) || _lfs.Exists(pattern => Fits(pattern, path));

    public bool IsIgnored(string path) => _ignored.Exists(pattern => Fits(pattern, path));

    private static bool Fits(string pattern, string path) =>
        FileSystemName.MatchesSimpleExpression(
            pattern, pattern.Contains('/', StringComparison.Ordinal) ? path : Path.GetFileName(path));

    private static IEnumerable<string> Lines(string? text) =>
        (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'));
}
