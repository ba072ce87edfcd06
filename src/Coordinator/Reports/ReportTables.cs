using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>By what a run was done, and what it was.</summary>
internal static class ReportTables
{
    private const int MostRows = 50;

    public static Markup Devices(ReportContent content)
    {
        var devices = content.Work.Devices;
        return $"""
            <section class="card devices" aria-labelledby="title-devices">
            <h2 id="title-devices">By what</h2>
            {(devices.Count == 0 ? Nothing("Nothing was scored.") : DeviceTable(content.Work))}
            {(content.Summary.NumericClasses.Count == 0 ? Markup.None : Classes(content))}
            </section>
            """;
    }

    /// <summary>A share as a bar.</summary>
    public static Markup Bar(long part, long whole)
    {
        var percent = whole > 0 ? 100.0 * part / whole : 0;
        return $"""
            <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
            <rect width="{percent}" height="1"/></svg>
            """;
    }

    public static Markup Nothing(string text) => $"""<p class="nothing">{text}</p>""";

    /// <summary>What is left out of a list.</summary>
    public static Markup More(int left, string noun, int columns) => left <= 0
        ? Markup.None
        : $"""<tr><td class="more" colspan="{columns}">and {NumberText.Count(left, $"more {noun}")}</td></tr>""";

    /// <summary>Like " of alice/web", with a link; nothing where documents are not from the Hub.</summary>
    public static Markup Source(ReportContent content)
    {
        if (!HubPaths.IsHub(content.Source))
            return Markup.None;
        var repository = HubPath.Parse(content.Source).Repository;
        return $" of {Link(content.Place.Hub, repository.ToString(), repository.Id)}";
    }

    public static Markup Model(ReportContent content) => content.Run.Model is { Revision.Length: > 0 } model
        ? Link(content.Place.Hub, model.Id, model.Id)
        : $"<code>{content.Run.Model.PublicName}</code>";

    public static Markup Run(ReportContent content) =>
        $"""
        <section class="card run" aria-labelledby="title-run">
        <h2 id="title-run">The run</h2>
        <dl class="facts">
        {Facts(content).Select(fact => Fact(fact.Key, fact.Value))}
        </dl>
        <h3>Options</h3>
        <dl class="facts">
        {content.Run.Options.Select(option => Fact(option.Key, PublicText.OfPlace(option.Value)))}
        </dl>
        </section>
        """;

    private static IEnumerable<KeyValuePair<string, string>> Facts(ReportContent content)
    {
        var (run, model) = (content.Run, content.Run.Model);
        if (HubPaths.IsHub(content.Source) && HubPath.Parse(content.Source) is var source)
            yield return new("Source", $"{source.Repository} at {source.Revision}");
        yield return new("Model", model.PublicName);
        if (model.Revision.Length > 0)
            yield return new("Model revision", model.Revision);
        yield return new("Model sha256", model.Digest);
        yield return new("Precision", Dtypes.Name(run.Dtype));
        if (run.TokenBudget > 0)
            yield return new("Tokens in a batch", $"{NumberText.Count(run.TokenBudget)} at most");
        yield return new("Run", run.RunId);
        yield return new("Program", $"finewebtorch {run.ProgramVersion}");
        if (content.PricePerHour is not null)
            yield return new("Worker hours", content.Work.WorkerTime.TotalHours.ToString(
                "N2", System.Globalization.CultureInfo.InvariantCulture));
    }

    private static Markup Fact(string name, string value) =>
        $"<div><dt>{PublicText.Of(name)}</dt><dd>{PublicText.Of(value)}</dd></div>";

    private static Markup Link(Uri hub, string path, string text)
    {
        var address = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return $"""<a href="{hub.AbsoluteUri.TrimEnd('/')}/{address}" rel="noreferrer">{PublicText.Of(text)}</a>""";
    }

    private static Markup DeviceTable(RunWork work) =>
        $"""
        <div class="table"><table>
        <thead><tr><th scope="col">Device</th><th scope="col" class="number">Workers</th>
        <th scope="col" class="number">Rows</th><th scope="col" class="number">Rows a second, a worker</th></tr></thead>
        <tbody>
        {work.Devices.Take(MostRows).Select(Row)}
        {More(work.Devices.Count - MostRows, "kind", columns: 4)}
        </tbody>
        </table></div>
        """;

    private static Markup Row(DeviceWork device) =>
        $"""
        <tr><th scope="row">{PublicText.Of(device.Device)}</th>
        <td class="number">{NumberText.Count(device.Workers)}</td>
        <td class="number">{NumberText.Count(device.Rows)}</td>
        <td class="number">{Rate(device)}</td></tr>
        """;

    private static string Rate(DeviceWork device) => device.Time >= TimeSpan.FromSeconds(1)
        ? NumberText.Rate(device.Rows / device.Time.TotalSeconds)
        : "–";

    private static Markup Classes(ReportContent content)
    {
        var classes = content.Summary.NumericClasses
            .OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal).ToList();
        return $"""
            <div class="table"><table>
            <caption>Numeric classes: rows of one are the same to the last bit wherever they are scored</caption>
            <thead><tr><th scope="col">Class</th><th scope="col" class="number">Rows</th></tr></thead>
            <tbody>
            {classes.Take(MostRows).Select(Class)}
            {More(classes.Count - MostRows, "class", columns: 2)}
            </tbody>
            </table></div>
            """;
    }

    private static Markup Class(KeyValuePair<string, long> rows) =>
        $"""
        <tr><th scope="row">{PublicText.Of(rows.Key)}</th><td class="number">{NumberText.Count(rows.Value)}</td></tr>
        """;
}
