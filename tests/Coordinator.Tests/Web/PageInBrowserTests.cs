using System.Diagnostics;

namespace FineWebTorch.Coordinator.Tests.Web;

/// <summary>The page in a real browser, beside a simulated run: tests/Page says what is tried.</summary>
public sealed class PageInBrowserTests
{
    private static readonly string Tests = Path.Combine(TestData.RepositoryRoot, "tests", "Page");

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Tests, "*.test.mjs").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    [LongTest(minutes: 20)]
    public async Task Page_InABrowser_PassesTheTestsOf(string file)
    {
        var node = Executables.Require("node");
        Executables.Require("/usr/bin/chromium");
        Executables.Demand(
            Directory.Exists(Path.Combine(Tests, "node_modules", "playwright-core")),
            "needs the npm packages of tests/Page: build/setup --tests");

        var (exitCode, output, errors) = await Executables.RunAsync(
            new ProcessStartInfo(node, ["--test-reporter=spec", file]) { WorkingDirectory = Tests });

        Assert.True(exitCode == 0, output + errors);
    }

    [Fact]
    public async Task Page_ThatIsEmbedded_IsWhatItsSourcesGive()
    {
        Executables.Require("node");
        Executables.Demand(
            Directory.Exists(Path.Combine(TestData.RepositoryRoot, "src/Coordinator/Web/Page/node_modules")),
            "needs the npm packages of src/Coordinator/Web/Page: build/setup --tests");

        var (exitCode, output, errors) = await Executables.RunAsync(new ProcessStartInfo(
            Executables.Require("bash"), [Path.Combine(TestData.RepositoryRoot, "build", "page"), "--check"]));

        Assert.True(exitCode == 0, output + errors);
    }
}
