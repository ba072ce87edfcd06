using System.Diagnostics;
using System.Text.Json;

namespace FineWebTorch.Parquet.Tests;

/// <summary>A shard as npm's hyparquet reads it, compared with its input.</summary>
/// <param name="Columns">"name: type", in order.</param>
/// <param name="Metadata">Pairs of key and value.</param>
/// <param name="RowGroups">Rows of each.</param>
/// <param name="Added">Values of the columns after the input's own.</param>
/// <param name="Differences">In the columns that the input has; empty where all is the same.</param>
internal sealed record PeerView(
    IReadOnlyList<string> Columns,
    IReadOnlyList<string[]> Metadata,
    IReadOnlyList<long> RowGroups,
    IReadOnlyDictionary<string, string[]> Added,
    IReadOnlyList<string> Differences);

internal sealed record PeerJob(string Before, string After, IReadOnlyList<long> Kept);

/// <summary>Runs the comparison in node; all jobs in one process.</summary>
internal static class Hyparquet
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static void Require()
    {
        Executables.Require("node");
        Executables.Demand(
            Directory.Exists(Path.Combine(Packages, "hyparquet")), "needs npm's hyparquet in tests/peers");
    }

    public static IReadOnlyList<PeerView> Compare(IReadOnlyList<PeerJob> jobs)
    {
        Require();
        var script = Path.Combine(TestData.RepositoryRoot, "tests", "Parquet.Tests", "peers", "compare.mjs");
        using var node = Process.Start(new ProcessStartInfo(Executables.Require("node"), [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = node.StandardError.ReadToEndAsync();
        node.StandardInput.Write(JsonSerializer.Serialize(new { Packages, Jobs = jobs }, Options));
        node.StandardInput.Close();
        var output = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        Assert.True(node.ExitCode == 0, errors.GetAwaiter().GetResult());
        return JsonSerializer.Deserialize<PeerView[]>(output, Options)!;
    }

    private static string Packages => Path.Combine(TestData.RepositoryRoot, "tests", "peers", "node_modules");
}
