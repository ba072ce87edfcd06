using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;

namespace FineWebTorch.Support;

/// <summary>The table of docs/metrics.md, and what a program has.</summary>
public static partial class DocumentedMetrics
{
    /// <param name="program">coordinator or worker; null for both.</param>
    /// <returns>Names as Prometheus has them, with their kinds.</returns>
    public static SortedDictionary<string, string> Of(string? program = null)
    {
        var rows = File.ReadLines(Path.Combine(TestData.RepositoryRoot, "docs", "metrics.md"))
            .Select(line => Row().Match(line)).Where(row => row.Success)
            .Where(row => program is null || row.Groups["of"].Value is "both" || row.Groups["of"].Value == program);
        return new SortedDictionary<string, string>(
            rows.ToDictionary(row => row.Groups["name"].Value, row => row.Groups["kind"].Value), StringComparer.Ordinal);
    }

    /// <summary>The instruments of this process, in the same words.</summary>
    /// <param name="meter">Its name.</param>
    public static SortedDictionary<string, string> Existing(string meter)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == meter)
                    found[NameOf(instrument)] = KindOf(instrument);
            },
        };
        listener.Start();
        return found;
    }

    /// <summary>By the conventions of OpenTelemetry for Prometheus.</summary>
    private static string NameOf(Instrument instrument)
    {
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "W" => "_watts",
            "Cel" => "_celsius",
            _ => "",
        };
        return instrument.Name.Replace('.', '_') + unit + (KindOf(instrument) == "counter" ? "_total" : "");
    }

    private static string KindOf(Instrument instrument)
    {
        var type = instrument.GetType().Name;
        return type.Contains("Counter", StringComparison.Ordinal) ? "counter"
            : type.Contains("Histogram", StringComparison.Ordinal) ? "histogram" : "gauge";
    }

    [GeneratedRegex(@"^\| `(?<name>fineweb_\w+)` \| (?<of>\w+) \| (?<kind>\w+) \|")]
    private static partial Regex Row();
}
