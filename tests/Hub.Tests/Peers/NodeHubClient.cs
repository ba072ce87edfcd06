using System.Diagnostics;
using System.Text.Json.Nodes;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.Hub.Tests;

/// <summary>Runs the official JavaScript client in a process of its own.</summary>
internal static class NodeHubClient
{
    public static async Task<JsonNode> RunAsync(HubEmulatorServer hub, string step, params string[] arguments)
    {
        var peers = Path.Combine(TestData.RepositoryRoot, "tests", "peers");
        var node = Executables.Require("node");
        Executables.Demand(
            Directory.Exists(Path.Combine(peers, "node_modules", "@huggingface", "hub")),
            "needs the npm packages of tests/peers: build/setup --tests");
        var start = new ProcessStartInfo(
            node, ["hub-client.mjs", hub.Url.ToString().TrimEnd('/'), Secrets.Token, step, .. arguments])
        {
            WorkingDirectory = peers,
        };
        return JsonNode.Parse(await Executables.OutputOfAsync(start))!;
    }
}
