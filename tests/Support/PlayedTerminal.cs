using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineWebTorch.Support;

/// <summary>What a person would have seen of what a program has written on a terminal, as xterm.js has it.</summary>
/// <param name="Above">Lines that have passed by.</param>
/// <param name="Screen">Lines, without blanks at their ends.</param>
public sealed record PlayedTerminal(IReadOnlyList<string> Above, IReadOnlyList<string> Screen)
{
    /// <summary>All of it, but for blank lines at the end.</summary>
    public IReadOnlyList<string> Lines =>
        [.. Above.Concat(Screen).Reverse().SkipWhile(line => line.Length == 0).Reverse()];

    /// <summary>Skips the calling test where xterm.js is not there.</summary>
    /// <param name="steps">Texts that were written, and between them pairs of columns and rows: other sizes.</param>
    public static async Task<PlayedTerminal> PlayAsync(int columns, int rows, JsonArray steps)
    {
        var peers = Path.Combine(TestData.RepositoryRoot, "tests", "peers");
        var node = Executables.Require("node");
        Executables.Demand(
            Directory.Exists(Path.Combine(peers, "node_modules", "@xterm", "headless")),
            "needs the npm packages of tests/peers: build/setup --tests");
        var record = new JsonObject { ["columns"] = columns, ["rows"] = rows, ["steps"] = steps.DeepClone() };
        var seen = await Executables.OutputOfAsync(
            new ProcessStartInfo(node, ["terminal.mjs"]) { WorkingDirectory = peers }, input: record.ToJsonString());
        return JsonSerializer.Deserialize<PlayedTerminal>(seen, JsonSerializerOptions.Web)!;
    }
}
