using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace FineWebTorch.Support;

/// <summary>
/// What no log, no output and no file of a run may hold: tokens, of the Hub and of coordinators, keys, and the signatures
/// of addresses. All tests use tokens, and the emulated Hub signs addresses, that are recognised by the patterns of
/// <c>tests/Support/secrets.txt</c>, which <c>build/secrets</c> reads too.
/// </summary>
public static class Secrets
{
    /// <summary>The token of tests.</summary>
    public const string Token = "hf_a-token-that-no-log-may-show";

    /// <summary>One that may only read.</summary>
    public const string ReadToken = "hf_a-reader-that-no-log-may-show";

    private static readonly Regex[] Marks = Read("secrets.txt");

    /// <summary>Of paths: there programs keep secrets by design, in files that nobody else may read.</summary>
    private static readonly Regex[] Kept = Read("secret-files.txt");

    /// <summary>Fails the test where a text holds a secret. What it is does not show.</summary>
    /// <param name="where">Names the text.</param>
    public static void DemandNone(string where, string text) => DemandNone(where, Encoding.UTF8.GetBytes(text));

    /// <summary>Fails the test where a file below a folder holds a secret.</summary>
    public static void DemandNoneIn(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            // Links may lead nowhere, and to files that are looked at anyway. A socket that a killed coordinator has
            // left has no content.
            if (new FileInfo(file).LinkTarget is null && !file.EndsWith(".sock", StringComparison.Ordinal) && !IsKept(file))
                DemandNone(file, File.ReadAllBytes(file));
        }
    }

    private static void DemandNone(string where, ReadOnlySpan<byte> content)
    {
        // A byte a character, so that what is no text does no harm.
        var text = Encoding.Latin1.GetString(content);
        foreach (var mark in Marks)
        {
            if (mark.Match(text) is { Success: true, Index: var place })
                Assert.Fail($"{where} holds a secret at byte {place} ({mark})");
        }
    }

    private static bool IsKept(string file) => Kept.Any(path => path.IsMatch(file)) &&
        (OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

    private static Regex[] Read(string name) => [.. File.ReadLines(Path.Combine(
        TestData.RepositoryRoot, "tests", "Support", name)).Select(pattern => new Regex(pattern, RegexOptions.CultureInvariant))];
}
