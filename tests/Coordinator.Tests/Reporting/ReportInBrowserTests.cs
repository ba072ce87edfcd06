using System.Diagnostics;
using FineWebTorch.Coordinator.Reports;

namespace FineWebTorch.Coordinator.Tests.Reporting;

/// <summary>
/// Reports in a real browser, in light and dark and at all widths: tests/Page/report.mjs says what is tried.
/// </summary>
public sealed class ReportInBrowserTests
{
    [Fact]
    [LongTest(minutes: 20)]
    public async Task Report_InABrowser_HasNoFaultsAndAsksForNothing()
    {
        var node = Executables.Require("node");
        Executables.Require("/usr/bin/chromium");
        var tests = Path.Combine(TestData.RepositoryRoot, "tests", "Page");
        Executables.Demand(
            Directory.Exists(Path.Combine(tests, "node_modules", "playwright-core")),
            "needs the npm packages of tests/Page: build/setup --tests");
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(folder["usual.html"], ReportPage.Write(ReportSample.Usual));
        await File.WriteAllBytesAsync(folder["troubled.html"], ReportPage.Write(ReportSample.Troubled));
        await File.WriteAllBytesAsync(folder["empty.html"], ReportPage.Write(ReportSample.Empty));

        var (exitCode, output, errors) = await Executables.RunAsync(
            new ProcessStartInfo(node, ["report.mjs", folder.Path]) { WorkingDirectory = tests });

        Assert.True(exitCode == 0, output + errors);
    }
}
