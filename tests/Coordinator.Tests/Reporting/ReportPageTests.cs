using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using FineWebTorch.Coordinator.Reports;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Tests.Reporting;

public sealed partial class ReportPageTests
{
    [Fact]
    public void Report_OfNothing_SaysSo()
    {
        var html = Write(ReportSample.Empty);

        Assert.Contains("No document has got a score.", html, StringComparison.Ordinal);
        Assert.Contains("The run was too short to tell.", html, StringComparison.Ordinal);
        Assert.Contains("every document has a score", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Documents by score", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfARunWithoutADoneFile_NamesAllThatFailed()
    {
        var empty = ReportSample.Empty;
        var html = Write(empty with
        {
            Summary = empty.Summary with
            {
                FilesDone = 0,
                FilesFailed = [new("a.parquet", "no Parquet"), new("b.parquet", "gone")],
            },
        });

        Assert.Contains("Finished, 2 files failed", html, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">b.parquet</th><td>gone</td>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfStrangersWords_HasNoMarkupOfTheirs()
    {
        var html = Write(ReportSample.Troubled);

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.Single(StyleEnd().Matches(html));
        Assert.DoesNotContain('\u202e', html);
        Assert.DoesNotContain('\u0007', html);
        Assert.Contains("&lt;/script&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfManyFailures_IsOfASizeThatPeopleRead()
    {
        var run = ReportSample.Usual;
        var html = Write(run with
        {
            Summary = run.Summary with
            {
                FilesFailed = [.. Enumerable.Range(0, 50_000).Select(file => new RunSummary.FailedFile(
                    $"{new string('d', 3_000)}/{file}.parquet", new string('r', 2_000)))],
                Quarantined = [.. Enumerable.Range(0, 2_000)
                    .Select(worker => new QuarantinedWorker($"node{worker}", "its disk"))],
                Warnings = [.. Enumerable.Range(0, 2_000).Select(file => $"{file}.parquet: metadata")],
            },
        });

        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1, 300_000);
        Assert.Contains("50,000 files failed", html, StringComparison.Ordinal);
        Assert.Contains("and 49,900 more files", html, StringComparison.Ordinal);
        Assert.Contains("and 1,970 more workers", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_Policy_AllowsItsOwnStylesAndNothingElse()
    {
        var html = Write(ReportSample.Usual);

        var policy = WebUtility.HtmlDecode(Policy().Match(html).Groups[1].Value);
        var styles = Styles().Match(html).Groups[1].Value;
        Assert.Equal(
            "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
            $"{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(styles)))}'", policy);
        Assert.DoesNotMatch(Elsewhere(), html);
    }

    [Fact]
    public void Report_OfAPublishersMachine_NamesNoFolderOfIt()
    {
        var run = ReportSample.Troubled;
        const string Model = "/home/alice/models/tiny";
        var spec = Runs.Spec with { Input = "/home/alice/data/in/*.parquet", Output = "/srv/out/edu", Model = Model };
        var html = Write(run with
        {
            Run = run.Run with { Options = spec.ToOptions(), Model = Runs.Model with { Path = Model } },
            Source = "/home/alice/data/in/000.parquet",
        });

        Assert.DoesNotContain("alice", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("/srv", html, StringComparison.Ordinal);
        Assert.Contains("<dd>in/*.parquet</dd>", html, StringComparison.Ordinal);
        Assert.Contains("…/000_00001.parquet: damaged", html, StringComparison.Ordinal);
        Assert.Contains("<code>tiny</code>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfOneSession_HasTheNumbersThatItsEndHasTold()
    {
        var run = ReportSample.Usual;
        var told = run with
        {
            Summary = run.Summary with
            {
                RowsScoredNow = run.Summary.RowsScored,
                Seconds = 7_384,
                DocumentsPerSecond = 28_575.3,
                TokensPerSecond = 17_488_000,
            },
            SessionCost = 49.72,
        };

        Assert.Equal((TimeSpan.FromSeconds(7_384), 28_575.3, 17_488_000.0, 49.72), (
            told.Time, told.DocumentsPerSecond, told.TokensPerSecond, told.Cost));
        var html = Write(told);
        foreach (var figure in (string[])["2 h 3 min", "28.6 k", "17.5 M", "49.72", "211 M", "in one session"])
            Assert.Contains($">{figure}<", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfSeveralSessions_ReckonsByWhenScoresCame()
    {
        var run = ReportSample.Usual;

        Assert.Equal(run.Work.Rows / run.Work.Time.TotalSeconds, run.DocumentsPerSecond);
        Assert.Equal(612 * run.DocumentsPerSecond!.Value, run.TokensPerSecond!.Value, 1e-3);
        Assert.Equal(1.01 * run.Work.WorkerTime.TotalHours, run.Cost);
        Assert.Contains("in which scores came", Write(run), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_IsKnownByItsFirstLines()
    {
        var key = new string('a', 64);
        var report = ReportPage.Write(ReportSample.Empty with { Key = key });

        Assert.True(ReportPage.IsReport(report));
        Assert.True(ReportPage.HasKey(report, key));
        Assert.False(ReportPage.HasKey(report, new string('b', 64)));
        Assert.False(ReportPage.IsReport("<!doctype html>\n<title>Mine</title>"u8));
        Assert.False(ReportPage.IsReport([]));
    }

    private static string Write(ReportContent content) => Encoding.UTF8.GetString(ReportPage.Write(content));

    [GeneratedRegex("</style", RegexOptions.IgnoreCase)]
    private static partial Regex StyleEnd();

    [GeneratedRegex("<meta http-equiv=\"content-security-policy\" content=\"([^\"]*)\">")]
    private static partial Regex Policy();

    [GeneratedRegex("<style>(.*)</style>", RegexOptions.Singleline)]
    private static partial Regex Styles();

    /// <summary>What a browser would fetch, or run.</summary>
    [GeneratedRegex(
        @"<script|<iframe|<object|<embed|@import|url\(|\ssrc=|\sstyle=|\son[a-z]+=|<link(?! rel=""icon"" href=""data:)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Elsewhere();
}
