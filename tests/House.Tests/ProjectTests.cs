using System.Xml.Linq;

namespace FineWebTorch.House.Tests;

/// <summary>Projects depend one way.</summary>
public sealed class ProjectTests
{
    private static readonly string[] Programs = ["Worker", "Coordinator"];

    /// <summary>What the programs use; they know nothing of each other.</summary>
    private static readonly string[] Libraries = ["Protos", "Model", "Parquet", "Hub", "Telemetry", "Terminal"];

    private const string Common = "Common";

    [Fact]
    public void Projects_ReferToThoseBelowThem()
    {
        foreach (var project in Directory.GetDirectories(SourceProject.Root).Select(folder => Path.GetFileName(folder)!))
        {
            string[] allowed = Programs.Contains(project) ? [.. Libraries, Common]
                : Libraries.Contains(project) ? [Common]
                : [];
            Assert.Empty(ReferencesOf(project).Except(allowed).Select(used => $"{project} -> {used}"));
        }
    }

    /// <summary>What --version prints, manifests record, and archives and packages are called.</summary>
    [Fact]
    public void Version_StandsInOnePlace()
    {
        var root = TestData.RepositoryRoot;
        var named = Directory.EnumerateFiles(SourceProject.Root, "*.csproj", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(root, "Directory.*"))
            .Concat(Directory.EnumerateFiles(Path.Combine(root, "build"), "*.props"))
            .Where(file => XDocument.Load(file).Descendants().Any(
                one => one.Name.LocalName is "Version" or "VersionPrefix" or "PackageVersion" && !one.HasAttributes));
        Assert.Equal([Path.Combine(root, "Directory.Build.props")], named);
    }

    /// <summary>Of several the generator takes now one first, now another; archives would differ.</summary>
    [Fact]
    public void LogMessages_OfAProject_StandInOneFile() => Assert.All(
        Directory.GetDirectories(SourceProject.Root),
        project => Assert.InRange(
            Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)
                .Count(file => File.ReadAllText(file).Contains("[LoggerMessage(", StringComparison.Ordinal)),
            0, 1));

    private static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Load(Path.Combine(SourceProject.Root, project, $"{project}.csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
}
