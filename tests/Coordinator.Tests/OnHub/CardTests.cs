using System.Diagnostics;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>What a published dataset and an output folder say of themselves.</summary>
public sealed class CardTests
{
    private const string Source = "---\nlicense: odc-by\nlanguage:\n- en\n---\n# Web\n";

    [Fact]
    public async Task Publish_InputOnTheHub_CarriesItsLicenceAndLanguageOverAndCountsScores()
    {
        await using var hub = await HubRun.StartAsync();
        hub.Put("alice/web", ("README.md", System.Text.Encoding.UTF8.GetBytes(Source)));
        await ScoredRun.CompleteAsync(hub, hub.Publishing);

        await ScoredRun.PublishAsync(hub, hub.Publishing);

        var card = hub.Repository("alice/edu").ReadText(Assert.Single(hub.Commits()), "README.md")!;
        var matter = await FrontMatterAsync(card);
        Assert.Equal(
            ("odc-by", "en", "alice/web", "data/train-*"),
            ((string?)matter["license"], (string?)matter["language"]![0], (string?)matter["source_datasets"]![0],
                (string?)matter["configs"]![0]!["data_files"]![0]!["path"]));
        Assert.Equal(["finewebtorch"], matter["tags"]!.AsArray().Select(tag => (string?)tag));
        Assert.Contains("load_dataset(\"alice/edu\", split=\"train\")", card, StringComparison.Ordinal);
        Assert.Contains($"[alice/web]({hub.Server.Url}datasets/alice/web)", card, StringComparison.Ordinal);
        AssertScores(hub, card);
    }

    [Fact]
    public async Task Publish_Sizes_AreThoseOfTheFilesAndOfTheirRowsInMemory()
    {
        await using var hub = await HubRun.StartAsync();

        await HubSession.RunAsync(hub, hub.Publishing, new HubBuilder(hub).WorkAsync);

        var commit = Assert.Single(hub.Commits());
        var info = (await FrontMatterAsync(hub.Repository("alice/edu").ReadText(commit, "README.md")!))["dataset_info"]!;
        var shards = commit.Files.Where(file => file.Key.StartsWith("data/", StringComparison.Ordinal)).ToList();
        Assert.Equal(shards.Sum(shard => shard.Value.Size), (long)info["download_size"]!);
        // Texts of three kilobytes, compressed to less than half.
        Assert.InRange((long)info["dataset_size"]!, 1.3 * (long)info["download_size"]!, 10 * (long)info["download_size"]!);
        Assert.Equal((long)info["dataset_size"]!, (long)info["splits"]![0]!["num_bytes"]!);
    }

    [Fact]
    public async Task Publish_Manifests_NameWorkersDevicesAndDates()
    {
        await using var hub = await HubRun.StartAsync();

        await HubSession.RunAsync(hub, hub.Publishing, new HubBuilder(hub).WorkAsync);

        var commit = Assert.Single(hub.Commits());
        var manifest = JsonNode.Parse(hub.Repository("alice/edu").ReadText(
            commit, "manifests/data/train-00001-of-00004.parquet.json")!)!;
        var worker = Assert.Single(manifest["workers"]!.AsArray())!;
        Assert.Equal(
            ("worker 0", (long)manifest["rows"]!, commit.Files["data/train-00001-of-00004.parquet"].Sha256),
            ((string?)worker["name"], (long)worker["rows"]!, (string?)manifest["sha256"]));
        Assert.True(worker["device"]!.GetValue<string>().Length > 0);
        Assert.Equal(DateTime.UtcNow.Date, ((DateTime)manifest["built"]!).Date, TimeSpan.FromDays(1));
        Assert.DoesNotContain(hub.Sample["model"], manifest.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LocalOutput_GetsTheSameCardAndKeepsWhatOthersWrote()
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = hub.Arguments.With("--input", hub.Sample["in"]);
        await File.WriteAllTextAsync(hub.Sample["in", "README.md"], Source);
        await File.WriteAllTextAsync(hub.Sample["out", "README.md"], "# Mine\n\nby hand\n");

        var session = await HubSession.RunAsync(hub, arguments, new HubBuilder(hub).WorkAsync);
        var first = await File.ReadAllTextAsync(hub.Sample["out", "README.md"]);
        await HubSession.RunAsync(hub, arguments, work: null);

        Assert.Empty(session.Summary!.Warnings);
        Assert.Equal(first, await File.ReadAllTextAsync(hub.Sample["out", "README.md"]));
        Assert.Contains("# Mine\n\nby hand\n", first, StringComparison.Ordinal);
        Assert.Contains("load_dataset(\"./out\", split=\"train\")", first, StringComparison.Ordinal);
        Assert.DoesNotContain(hub.Sample["out"], first, StringComparison.Ordinal);
        var matter = await FrontMatterAsync(first);
        Assert.Equal("odc-by", (string?)matter["license"]);
        Assert.Equal(
            Directory.GetFiles(hub.Sample["out", "data"]).Sum(path => ParquetFile.Inspect(path).Rows),
            (long)matter["dataset_info"]!["splits"]![0]!["num_examples"]!);
    }

    [Fact]
    public async Task Run_InputsAreGone_SaysNothingOfColumnsAndWarnsOfNothing()
    {
        await using var hub = await HubRun.StartAsync();
        var arguments = hub.Arguments.With("--input", hub.Sample["in"]);
        await HubSession.RunAsync(hub, arguments, new HubBuilder(hub).WorkAsync);
        Directory.Delete(hub.Sample["in"], recursive: true);

        var session = await HubSession.RunAsync(hub, arguments, work: null);

        Assert.Empty(session.Summary!.Warnings);
        var card = await File.ReadAllTextAsync(hub.Sample["out", "README.md"]);
        Assert.NotNull((await FrontMatterAsync(card))["dataset_info"]!["splits"]);
    }

    [Fact]
    public async Task Run_LocalOutputWithABrokenCard_WarnsAndLeavesIt()
    {
        await using var hub = await HubRun.StartAsync();
        await File.WriteAllTextAsync(hub.Sample["out", "README.md"], "---\nnever: closed\n");

        var session = await HubSession.RunAsync(
            hub, hub.Arguments.With("--input", hub.Sample["in"]), new HubBuilder(hub).WorkAsync);

        Assert.Contains(
            "has no closing '---'", Assert.Single(session.Summary!.Warnings), StringComparison.Ordinal);
        Assert.Equal("---\nnever: closed\n", await File.ReadAllTextAsync(hub.Sample["out", "README.md"]));
    }

    /// <summary>By a count of our own over the ledger's scores.</summary>
    private static void AssertScores(HubRun hub, string card)
    {
        using var run = StoredRun.Open(hub.Sample["run"]);
        var scores = Enumerable.Range(0, 4).SelectMany(file => run.Ledger.ReadScores(file))
            .SelectMany(window => window.Scores).ToList();
        foreach (var least in Enumerable.Range(1, 5))
        {
            var kept = scores.Count(score => Math.Round(Math.Clamp(score, 0.0, 5.0), MidpointRounding.ToEven) >= least);
            var name = least == 3 ? "`int3` (this dataset)" : $"`int{least}`";
            Assert.Contains(
                $"| {name} | {kept} | {NumberText.Percent(kept, scores.Count)} |\n", card, StringComparison.Ordinal);
        }

        var histogram = card.Split("```text\n")[1].Split("```")[0].TrimEnd().Split('\n');
        Assert.Equal(
            scores.Count, histogram.Sum(line => int.Parse(line.Split("  ")[1].Trim(), null)));
    }

    private static async Task<JsonNode> FrontMatterAsync(string card)
    {
        var peers = Path.Combine(TestData.RepositoryRoot, "tests", "peers");
        var node = Executables.Require("node");
        Executables.Demand(
            Directory.Exists(Path.Combine(peers, "node_modules", "js-yaml")),
            "needs the npm packages of tests/peers: build/setup --tests");
        var start = new ProcessStartInfo(node, ["front-matter.mjs"]) { WorkingDirectory = peers };
        return JsonNode.Parse(await Executables.OutputOfAsync(start, input: card))!;
    }
}
