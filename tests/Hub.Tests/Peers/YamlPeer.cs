using System.Diagnostics;
using System.Text.Json.Nodes;

namespace FineWebTorch.Hub.Tests;

/// <summary>js-yaml, in a process of its own.</summary>
internal static class YamlPeer
{
    /// <summary>A card's front matter as js-yaml reads it. Keys that occur twice are an error there.</summary>
    public static async Task<JsonNode> FrontMatterAsync(string card)
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
