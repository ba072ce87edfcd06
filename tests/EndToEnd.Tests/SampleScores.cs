using System.Globalization;
using System.Text.Json;
using FineWebTorch.Parquet;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>What Hugging Face transformers gave for the sample's documents.</summary>
internal static class SampleScores
{
    private static readonly ILookup<string, (long Row, double Score)> Known = Read();

    public static IEnumerable<string> Files => Known.Select(file => file.Key);

    /// <summary>A shard of all rows of a sample file has these scores.</summary>
    /// <param name="without">Rows that have none.</param>
    public static void AssertEqual(string file, string shard, params long[] without)
    {
        var expected = Known[file].ToList();
        var rows = ShardSampler.Read(shard, "text", "score", [.. expected.Select(reference => reference.Row)]).ToList();
        Assert.Equal(expected.Select(reference => reference.Row), rows.Select(row => row.Row));
        Assert.Equal(without, rows.Where(row => row.Score is null).Select(row => row.Row));
        Assert.All(
            expected.Zip(rows).Where(pair => pair.Second.Score is not null),
            pair => Assert.InRange(Math.Abs(pair.First.Score - pair.Second.Score!.Value), 0, 1e-4));
    }

    private static ILookup<string, (long Row, double Score)> Read()
    {
        var references = new List<(string File, (long, double) Score)>();
        foreach (var line in File.ReadLines(TestData.Directory("scores", "sample.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            references.Add((
                json.RootElement.GetProperty("file").GetString()!,
                (json.RootElement.GetProperty("row").GetInt64(),
                    double.Parse(json.RootElement.GetProperty("score").GetRawText(), CultureInfo.InvariantCulture))));
        }

        return references.ToLookup(reference => reference.File, reference => reference.Score);
    }
}
