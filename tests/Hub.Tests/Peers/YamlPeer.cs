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
        var start = new ProcessStartInfo(node, ["front-matter.mjs"])
        {
            WorkingDirectory = peers,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await using (
            var input = new StreamWriter(process.StandardInput.BaseStream, new System.Text.UTF8Encoding(false)))
            await input.WriteAsync(card);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return JsonNode.Parse(output)!;
    }
}
