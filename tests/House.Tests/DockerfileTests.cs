using System.Diagnostics;
using System.Globalization;

namespace FineWebTorch.House.Tests;

/// <summary>The image's recipe; build/container builds and runs it.</summary>
public sealed class DockerfileTests
{
    private static readonly string Recipe = Path.Combine(TestData.RepositoryRoot, "deploy", "container", "Dockerfile");

    [Fact]
    public async Task Dockerfile_IsWithoutFindings()
    {
        var lint = Path.Combine(TestData.RepositoryRoot, "tests", "peers", "node_modules", ".bin", "dockerfile-utils");
        Executables.Demand(File.Exists(lint), "needs the npm packages of tests/peers: build/setup --tests");

        var (exitCode, output, errors) = await Executables.RunAsync(
            new ProcessStartInfo(Executables.Require("node"), [lint, "lint", Recipe]));

        Assert.Equal((0, ""), (exitCode, (output + errors).Trim()));
    }

    [Fact]
    public void Image_RunsAsANumberThatIsNotRoot_AndIsAsked()
    {
        Assert.Equal("10001:10001", Of("USER").Last());
        Assert.Single(Of("HEALTHCHECK"));
        // Kubernetes cannot tell of a name whether it is root's.
        Assert.All(Of("USER"), user => Assert.All(user.Split(':'), id => Assert.True(int.Parse(id, CultureInfo.InvariantCulture) > 0)));
    }

    [Fact]
    public void Image_IsOfAVersionThatIsNamed()
    {
        var from = Assert.Single(Of("FROM"));
        Assert.Equal("${BASE}", from);
        var image = Of("ARG").Single(argument => argument.StartsWith("BASE=", StringComparison.Ordinal));
        Assert.Matches(@":[0-9][^:]*$", image);
    }

    [Fact]
    public void Image_AddsTheArchiveAsItIsCalled()
    {
        var script = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "build", "release"));
        Assert.Contains("name=fineweb-torch-$version-$1 ending=tar.gz", script, StringComparison.Ordinal);
        Assert.Equal("fineweb-torch-${VERSION}-${PLATFORM}.tar.gz /opt/", Assert.Single(Of("ADD")));
    }

    /// <summary>What stands behind an instruction, wherever it comes.</summary>
    private static IEnumerable<string> Of(string instruction) =>
        from line in File.ReadLines(Recipe)
        where line.StartsWith(instruction + " ", StringComparison.Ordinal)
        select line[(instruction.Length + 1)..];
}
