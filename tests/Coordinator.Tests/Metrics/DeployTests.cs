using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FineWebTorch.Coordinator.Tests.Metrics;

/// <summary>What deploy/ gives to those who watch: a configuration, alert rules, a dashboard.</summary>
public sealed partial class DeployTests
{
    private static readonly string Deploy = Path.Combine(TestData.RepositoryRoot, "deploy");

    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "rules", "fineweb.rules.yml")]
    [InlineData("test", "rules", "fineweb.rules.test.yml")]
    public async Task Rules_AreTakenByPrometheusAndFireWhenTheyShould(params string[] arguments) =>
        Assert.Contains(
            "SUCCESS",
            await Executables.OutputOfAsync(new ProcessStartInfo(Executables.Require("promtool"), arguments)
            {
                WorkingDirectory = Path.Combine(Deploy, "prometheus"),
            }),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("prometheus/fineweb.rules.yml", 10)]
    [InlineData("prometheus/fineweb.rules.test.yml", 4)]
    [InlineData("grafana/fineweb.json", 20)]
    public void Metrics_ThatAreNamed_AreThere(string file, int least)
    {
        var known = DocumentedMetrics.Of().SelectMany(metric => metric.Value == "histogram"
            ? new[] { "_bucket", "_count", "_sum" }.Select(part => metric.Key + part)
            : [metric.Key]).ToHashSet(StringComparer.Ordinal);

        var named = MetricName().Matches(File.ReadAllText(Path.Combine(Deploy, file)))
            .Select(match => match.Value).Distinct().ToList();

        Assert.Empty(named.Except(known));
        Assert.InRange(named.Count, least, 100);
    }

    [Fact]
    public void Dashboard_HasPanelsThatDoNotOverlapAndQueriesInEach()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Deploy, "grafana", "fineweb.json")))!;
        var panels = dashboard["panels"]!.AsArray();
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel!["id"]!).Distinct().Count());
        var taken = new HashSet<(int X, int Y)>();
        foreach (var panel in panels)
        {
            Assert.All(panel!["targets"]!.AsArray(), target => Assert.NotEmpty((string)target!["expr"]!));
            var (place, size) = (panel["gridPos"]!, panel["gridPos"]!);
            for (var x = (int)place["x"]!; x < (int)place["x"]! + (int)size["w"]!; x++)
                for (var y = (int)place["y"]!; y < (int)place["y"]! + (int)size["h"]!; y++)
                    Assert.True(x < 24 && taken.Add((x, y)), $"{panel["title"]} lies on another panel");
        }
    }

    /// <summary>With PromQL's own parser: each query of the dashboard as a rule.</summary>
    [Fact]
    public async Task Dashboard_HasQueriesThatPrometheusTakes()
    {
        using var folder = new TemporaryFolder();
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(
            Path.Combine(Deploy, "grafana", "fineweb.json"), TestContext.Current.CancellationToken))!;
        var queries = dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]!.AsArray())
            .Select(target => ((string)target!["expr"]!).Replace("$__rate_interval", "1m", StringComparison.Ordinal));
        var rules = "groups:\n  - name: dashboard\n    rules:\n" + string.Concat(queries.Select(
            (query, index) => $"      - record: q{index}\n        expr: '{query}'\n"));
        await File.WriteAllTextAsync(folder["rules.yml"], rules, TestContext.Current.CancellationToken);

        var answer = await Executables.OutputOfAsync(
            new ProcessStartInfo(Executables.Require("promtool"), ["check", "rules", folder["rules.yml"]]));

        Assert.Contains("SUCCESS", answer, StringComparison.Ordinal);
    }

    /// <summary>Not after a letter or a mark of another name, as in labels and recorded series.</summary>
    [GeneratedRegex(@"(?<![\w:/-])fineweb_\w+")]
    private static partial Regex MetricName();
}
