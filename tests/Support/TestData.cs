using System.Reflection;
using Xunit;

namespace FineWebTorch.Support;

/// <summary>Where the reference data lies.</summary>
public static class TestData
{
    public static string RepositoryRoot { get; } = typeof(TestData).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The folder of the small model that comes with the repository.</summary>
    public static string EduTiny { get; } = Path.Combine(RepositoryRoot, "weights", "edu-tiny");

    /// <summary>A file or folder below <c>tests/data</c>.</summary>
    public static string Directory(params string[] parts) => Path.Combine([RepositoryRoot, "tests", "data", .. parts]);

    /// <summary>
    /// A file or folder below <c>shared</c> beside the repository, which holds what is too large to commit.
    /// Skips the calling test where it is absent.
    /// </summary>
    public static string Shared(params string[] parts)
    {
        var path = Path.GetFullPath(Path.Combine([RepositoryRoot, "..", "shared", .. parts]));
        Assert.SkipUnless(Path.Exists(path), $"needs {string.Join('/', parts)} in ../shared, which is not here");
        return path;
    }
}
