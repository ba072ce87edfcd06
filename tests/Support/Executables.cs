using Xunit;

namespace FineWebTorch.Support;

/// <summary>Programs that some tests check ours against.</summary>
public static class Executables
{
    /// <summary>
    /// The full path of a program. Where it is not installed the calling test is skipped,
    /// or fails when FINEWEB_REQUIRE_PEERS is 1.
    /// </summary>
    /// <param name="name">A file name to look for on PATH, or an absolute path.</param>
    public static string Require(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Demand(found is not null, $"needs the program '{name}', which is not installed");
        return found!;
    }

    /// <summary>Skips the calling test unless what it needs is there; see <see cref="Require"/>.</summary>
    public static void Demand(bool present, string whatIsMissing)
    {
        if (Environment.GetEnvironmentVariable("FINEWEB_REQUIRE_PEERS") == "1")
            Assert.True(present, whatIsMissing);
        Assert.SkipUnless(present, whatIsMissing);
    }
}
