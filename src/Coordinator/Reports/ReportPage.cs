using System.Globalization;
using System.Reflection;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>
/// A report as one HTML file: it asks for nothing from elsewhere and runs no script, and its policy forbids both.
/// </summary>
internal static class ReportPage
{
    /// <summary>By it the program knows its own reports; before it stands <see cref="Start"/>.</summary>
    private const string KeyName = "finewebtorch-report";

    private const string Start = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";

    private static readonly string Styles = Resource("report/theme.css") + Resource("report/report.css");
    private static readonly string Icon = Resource("page/icon.svg");

    private static readonly string Policy =
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src " + Sha256.PolicySource(Styles);

    public static byte[] Write(ReportContent content) => Encoding.UTF8.GetBytes(Page(content).ToString());

    /// <summary>Whether a file was written by <see cref="Write"/>, here or elsewhere.</summary>
    public static bool IsReport(ReadOnlySpan<byte> file) => file.StartsWith(Encoding.UTF8.GetBytes(Meta("")[..^2]));

    /// <summary>Whether it says just what the key stands for.</summary>
    public static bool HasKey(ReadOnlySpan<byte> file, string key) =>
        file.StartsWith(Encoding.UTF8.GetBytes(Meta(key)));

    private static string Meta(string key) => $"{Start}<meta name=\"{KeyName}\" content=\"{key}\">";

    /// <summary>What is trusted to be markup: literals, and what this program has embedded.</summary>
    private static Markup Trusted(string markup)
    {
        Markup trusted = $"";
        trusted.AppendLiteral(markup);
        return trusted;
    }

    private static Markup Page(ReportContent content) =>
        $"""
        {Trusted(Meta(content.Key ?? ""))}
        <meta http-equiv="content-security-policy" content="{Policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>{PublicText.Of(content.Place.Name)}: report of the run</title>
        <link rel="icon" href="data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(Icon))}">
        <style>{Trusted(Styles)}</style>
        </head>
        <body>
        {Head(content)}
        <main>
        {Figures(content)}
        {ReportScores.Section(content)}
        {ReportCourse.Section(content.Work)}
        {ReportTables.Devices(content)}
        {ReportFailures.Section(content.Summary)}
        {ReportDocuments.Section(content.Examples)}
        {ReportTables.Run(content)}
        </main>
        <footer>
        <p>Written by finewebtorch {content.Run.ProgramVersion} at the end of run {content.Run.RunId}.</p>
        </footer>
        </body>
        </html>

        """;

    private static Markup Head(ReportContent content) =>
        $"""
        <header class="top">
        {Trusted(Icon.Replace("<svg ", "<svg class=\"logo\" aria-hidden=\"true\" ", StringComparison.Ordinal))}
        <div>
        <p class="kind">Report of a run {Standing(content)}</p>
        <h1>{PublicText.Of(content.Place.Name)}</h1>
        <p class="lead">{NumberText.Count(content.Summary.RowsScored, "document")}{ReportTables.Source(content)}
        scored by {ReportTables.Model(content)}; {Kept(content.Spec)}.</p>
        {When(content.Work)}
        </div>
        </header>
        """;

    private static Markup Standing(ReportContent content) => content.Summary.FilesFailed.Count switch
    {
        0 => (Markup)$"""<b class="state">Finished</b>""",
        var failed => $"""<b class="state trouble">Finished, {NumberText.Count(failed, "file")} failed</b>""",
    };

    private static string Kept(RunSpec spec) => spec.Keep.ToString() switch
    {
        _ when spec.Keep.IsAll => "all of them are kept",
        ['i', 'n', 't', .. var least] => $"kept are those whose score rounds to {least} or more",
        var rule => $"kept are those with a score of {rule["raw".Length..]} or more",
    };

    private static Markup When(RunWork work) => work is { First: { } first, Last: { } last }
        ? $"""<p class="quiet">Scored from {Moment(first)} to {Moment(last)} UTC</p>"""
        : Markup.None;

    private static string Moment(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static Markup Figures(ReportContent content)
    {
        var run = content.Summary;
        var workers = content.Work.Devices.Sum(device => device.Workers);
        return $"""
            <section class="card figures" aria-labelledby="title-figures">
            <h2 class="hidden" id="title-figures">In figures</h2>
            <dl>
            {Figure("Rows scored", Short(run.RowsScored), Of(run.RowsScored, run.Rows, "row"))}
            {Figure(
                "Rows kept", Short(run.RowsKept),
                $"{NumberText.Percent(run.RowsKept, run.RowsScored)}, --keep {run.Keep}")}
            {Figure("Tokens", Short(run.Tokens), run.RowsScored == 0
                ? "" : $"{NumberText.Count((double)run.Tokens / run.RowsScored)} a document")}
            {Figure(
                "Documents a second", Rate(content.DocumentsPerSecond), PerWorker(content.DocumentsPerSecond, workers))}
            {Figure("Tokens a second", Rate(content.TokensPerSecond), PerWorker(content.TokensPerSecond, workers))}
            {Figure("Time", content.Time is { } time ? NumberText.Duration(time) : "–", content.IsOneSession
                ? "in one session" : "in which scores came")}
            {Figure("Files done", NumberText.Count(run.FilesDone), Of(run.FilesDone, run.Files, "file"))}
            {Figure(
                "Workers", NumberText.Count(workers),
                $"{NumberText.Count(content.Work.Devices.Count, "kind")} of device")}
            {Cost(content)}
            </dl>
            </section>
            """;
    }

    private static string Of(long part, long whole, string noun) =>
        part == whole ? $"all {NumberText.Count(whole, noun)}" : $"of {NumberText.Count(whole, noun)}";

    private static string PerWorker(double? rate, int workers) =>
        rate is { } known && workers > 1 ? $"{Rate(known / workers)} a worker" : "";

    private static Markup Cost(ReportContent content) => content is not { Cost: { } cost, PricePerHour: { } price }
        ? Markup.None
        : Figure("Cost", Price(cost), $"{price.ToString("0.####", CultureInfo.InvariantCulture)} an hour a worker");

    private static Markup Figure(string name, string value, string note) =>
        $"""<div><dt>{name}</dt><dd><span class="value">{value}</span> <span class="note">{note}</span></dd></div>""";

    private static string Rate(double? rate) =>
        rate is not { } known ? "–" : known < 9999.5 ? NumberText.Rate(known) : Short(known);

    private static string Price(double price) =>
        price.ToString(price >= 1000 ? "N0" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>As the page shows it: from ten thousand on three digits and a unit of thousands.</summary>
    private static string Short(double number)
    {
        if (number < 9999.5)
            return NumberText.Count(number);
        string[] units = ["", " k", " M", " G", " T"];
        var unit = 0;
        for (; number >= 999.5 && unit < units.Length - 1; unit++)
            number /= 1000;
        var format = number < 9.995 ? "0.00" : number < 99.95 ? "0.0" : "0";
        return number.ToString(format, CultureInfo.InvariantCulture) + units[unit];
    }

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // As a browser reads it, whose digest of it counts.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
