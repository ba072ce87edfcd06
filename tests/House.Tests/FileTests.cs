using System.Text.RegularExpressions;

namespace FineWebTorch.House.Tests;

/// <summary>Files that a reader can take in.</summary>
public sealed partial class FileTests
{
    private const int MostLines = 500;
    private static readonly string[] Folders = ["src", "tests", "bench"];
    private static readonly string[] Endings = [".cs", ".cpp", ".h", ".cu", ".proto"];

    [Fact]
    public void Files_AreShort() => Assert.DoesNotContain(
        Sources().Select(file => (File: file, Lines: File.ReadLines(file).Count())), file => file.Lines > MostLines);

    [Fact]
    public void Files_HaveNoRegionsAndNoNotesOfWorkToDo() => Assert.DoesNotContain(
        Sources().Where(file => Path.GetFileName(file) != $"{nameof(FileTests)}.cs"),
        file => Unwanted().IsMatch(File.ReadAllText(file)));

    private static IEnumerable<string> Sources() => Folders
        .SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(TestData.RepositoryRoot, folder), "*", SearchOption.AllDirectories))
        .Where(file => !file.Contains("node_modules", StringComparison.Ordinal))
        .Where(file => Endings.Contains(Path.GetExtension(file)));

    [GeneratedRegex(@"#region|\bTODO\b|\bFIXME\b|\bHACK\b")]
    private static partial Regex Unwanted();
}
