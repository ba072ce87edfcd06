using FineWebTorch.Common;
using FineWebTorch.Coordinator.Reports;
using FineWebTorch.Coordinator.Tests.OnHub;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Hub;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.Reporting;

/// <summary>The reports of whole sessions, into folders and onto the Hub.</summary>
public sealed class RunReportTests
{
    [Fact]
    public async Task Run_LocalOutput_LeavesOneReportInItsFolderAndBesideTheShards()
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = hub.Arguments.With("--input", hub.Sample["in"], "--price-per-hour", "2");

        var session = await HubSession.RunAsync(hub, arguments, new HubBuilder(hub).WorkAsync);

        Assert.Empty(session.Summary!.Warnings);
        var report = await File.ReadAllTextAsync(hub.Sample["run", "report.html"]);
        Assert.Equal(report, await File.ReadAllTextAsync(hub.Sample["out", "report.html"]));
        Assert.Contains("<h1>out</h1>", report, StringComparison.Ordinal);
        Assert.Contains("all 160 rows", report, StringComparison.Ordinal);
        Assert.Contains(">2 an hour a worker<", report, StringComparison.Ordinal);
        Assert.Contains("000_00003.parquet, row&nbsp;", report, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetDirectoryName(hub.Sample["in"])!, report, StringComparison.Ordinal);
    }

    /// <summary>What it says of the session that scored is still true.</summary>
    [Fact]
    public async Task Run_ThatIsOverAlready_LeavesTheReportAsItIs()
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = hub.Arguments.With("--input", hub.Sample["in"]);
        await HubSession.RunAsync(hub, arguments, new HubBuilder(hub).WorkAsync);
        var first = await File.ReadAllTextAsync(hub.Sample["run", "report.html"]);
        File.Delete(hub.Sample["out", "report.html"]);
        Directory.Delete(hub.Sample["in"], recursive: true);

        var again = await HubSession.RunAsync(hub, arguments, work: null);

        Assert.Empty(again.Summary!.Warnings);
        Assert.Equal(first, await File.ReadAllTextAsync(hub.Sample["out", "report.html"]));
        await HubSession.RunAsync(hub, arguments.With("--report-examples", "0"), work: null);
        Assert.DoesNotContain(
            "Documents by score", await File.ReadAllTextAsync(hub.Sample["out", "report.html"]),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhoseReportCannotBeWritten_EndsWellAndSaysSo()
    {
        await using var hub = await HubRun.StartAsync();
        Directory.CreateDirectory(hub.Sample["run", "report.html", "a folder"]);

        var session = await HubSession.RunAsync(hub, hub.Publishing, new HubBuilder(hub).WorkAsync);

        Assert.StartsWith("there is no report: ", Assert.Single(session.Summary!.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("report.html", Assert.Single(hub.Commits()).Files.Keys);
    }

    [Fact]
    public async Task Run_WhereSomebodyElsesFileHasTheName_LeavesIt()
    {
        await using var hub = await HubRun.StartAsync();
        await File.WriteAllTextAsync(hub.Sample["out", "report.html"], "<p>Mine");
        hub.Put("alice/edu", ("report.html", "<p>Mine"u8.ToArray()));

        var local = await HubSession.RunAsync(
            hub, hub.Arguments.With("--input", hub.Sample["in"]), new HubBuilder(hub).WorkAsync);
        await HubSession.RunAsync(
            hub, hub.Publishing.With("--run", hub.Sample["run2"]), new HubBuilder(hub).WorkAsync);

        Assert.Contains(
            "is somebody else's and stays", Assert.Single(local.Summary!.Warnings), StringComparison.Ordinal);
        Assert.Equal("<p>Mine", await File.ReadAllTextAsync(hub.Sample["out", "report.html"]));
        Assert.Equal("<p>Mine", hub.Repository("alice/edu").ReadText(hub.Commits()[0], "report.html"));
    }

    [Fact]
    public async Task Run_HubOutput_PublishesTheReportWithTheCard()
    {
        await using var hub = await HubRun.StartAsync();

        var session = await HubSession.RunAsync(hub, hub.Publishing, new HubBuilder(hub).WorkAsync);

        Assert.Empty(session.Summary!.Warnings);
        var report = hub.Repository("alice/edu").ReadText(Assert.Single(hub.Commits()), "report.html")!;
        Assert.Equal(report, await File.ReadAllTextAsync(hub.Sample["run", "report.html"]));
        Assert.True(ReportPage.IsReport(System.Text.Encoding.UTF8.GetBytes(report)));
        Assert.Contains($"<dd>datasets/alice/web at {hub.Commit}</dd>", report, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"{hub.Server.Url}datasets/alice/web\"", report, StringComparison.Ordinal);
        Assert.Contains("Documents by score", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Some texts are missing", report, StringComparison.Ordinal);
        Assert.DoesNotContain(HubRun.Token, report, StringComparison.Ordinal);
    }

    /// <summary>A column of gigabytes in one piece is not fetched for a few lines of it.</summary>
    [Fact]
    public async Task Rows_ForWhichTooMuchWouldHaveToBeFetched_AreRefused()
    {
        await using var hub = await HubRun.StartAsync();
        var rows = new RowFiles(hub.Sample.Hub, Runs.Spec) { MostBytes = 1_000 };
        var path = $"hf://datasets/alice/web@{hub.Commit}/data/000_00000.parquet";

        var refusal = await Assert.ThrowsAsync<UserErrorException>(
            () => rows.ReadAsync(path, withScores: false, [1], TestContext.Current.CancellationToken));

        Assert.StartsWith($"{path}: ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("would have to be fetched for 1 row", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Of a killed session nobody knows whether its commit has come.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_KilledWhilePublishing_PublishesTheSameReportOnce(bool applied)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = 403, ApplyFirst = applied });
        await Assert.ThrowsAsync<HubException>(
            () => HubSession.RunAsync(hub, hub.Publishing, new HubBuilder(hub).WorkAsync));
        var written = await File.ReadAllTextAsync(hub.Sample["run", "report.html"]);

        await HubSession.RunAsync(hub, hub.Publishing, work: null);

        var commit = Assert.Single(hub.Commits());
        Assert.Equal(written, hub.Repository("alice/edu").ReadText(commit, "report.html"));
    }
}
