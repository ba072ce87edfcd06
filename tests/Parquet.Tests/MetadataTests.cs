using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;

namespace FineWebTorch.Parquet.Tests;

public class MetadataTests
{
    [Fact]
    public void Write_GoldenMetadata_CarriesAllAndAddsTheScores()
    {
        using var folder = new TemporaryFolder();
        var input = ParquetFile.Inspect(GoldenCase.Named("key-value-metadata.parquet").Path);

        var output = Write(folder, input.Path);

        Assert.Equal(input.Metadata.Select(entry => entry.Key), output.Keys);
        var kept = input.Metadata.Where(entry => entry.Key is not ("ARROW:schema" or "huggingface"));
        Assert.All(kept, entry => Assert.Equal(entry.Value, output[entry.Key]));
        var features = JsonNode.Parse(output["huggingface"])!["info"]!["features"]!.AsObject();
        Assert.Equal(["score", "int_score"], features.Select(feature => feature.Key).TakeLast(2));
        Assert.Equal("""{"dtype":"float64","_type":"Value"}""", features["score"]!.ToJsonString());
        Assert.Equal("""{"dtype":"int64","_type":"Value"}""", features["int_score"]!.ToJsonString());
    }

    [Fact]
    public void Write_OddEntries_AreCarriedAsTheyAre()
    {
        using var folder = new TemporaryFolder();
        (string Key, byte[] Value)[] entries =
        [
            ("binary", [0, 1, 0xff, (byte)'\'', (byte)'\\']),
            ("it's \"quoted\": ü\n", "x"u8.ToArray()),
            ("empty", []),
            ("pandas", """{"index_columns": []}"""u8.ToArray()),
            ("large", [.. Enumerable.Repeat((byte)'x', 100_000)]),
        ];

        var output = Write(folder, Input(folder, entries));

        Assert.Equal(entries.Select(entry => entry.Key), output.Keys);
        Assert.All(entries, entry => Assert.Equal(entry.Value, output[entry.Key]));
    }

    [Fact]
    public void Write_KeysThatLookAlikeOrAreOdd_AreCarriedInOrder()
    {
        using var folder = new TemporaryFolder();
        (string Key, byte[] Value)[] entries =
        [
            ("a", "1"u8.ToArray()), ("A", "2"u8.ToArray()), ("a", "3"u8.ToArray()), ("", "4"u8.ToArray()),
            ("with\0zero", "5"u8.ToArray()),
        ];
        var request = Shards.Request(Input(folder, entries), folder.File("out"));

        var result = ShardWriter.Write(request, Shards.Keep(1));

        Assert.Equal(
            entries.Select(entry => (entry.Key, Encoding.UTF8.GetString(entry.Value))),
            ParquetFile.Inspect(request.OutputPath).Metadata
                .Select(entry => (entry.Key, Encoding.UTF8.GetString(entry.Value))));
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [InlineData("huggingface", "no JSON")]
    [InlineData("ARROW:schema", "{}")]
    public void Write_EntryThatCannotGainTheScores_IsLeftOutAndNamed(string key, string value)
    {
        using var folder = new TemporaryFolder();
        var input = Input(folder, (key, Encoding.UTF8.GetBytes(value)), ("b", "5"u8.ToArray()));
        var request = Shards.Request(input, folder.File("out"));

        var result = ShardWriter.Write(request, Shards.Keep(1));

        Assert.Equal(["b"], ParquetFile.Inspect(request.OutputPath).Metadata.Select(entry => entry.Key));
        Assert.StartsWith($"metadata '{key}' is left out: ", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void For_DamagedArrowSchema_LeavesItOutOrCarriesWhatCanBeRead()
    {
        var input = ParquetFile.Inspect(GoldenCase.Named("nested-and-typed.parquet").Path);
        var message = Convert.FromBase64String(Encoding.ASCII.GetString(
            input.Metadata.Single(entry => entry.Key == "ARROW:schema").Value));
        var columns = ShardColumns.For(input, "score", "int_score");
        for (var at = 0; at < message.Length; at++)
        {
            var damaged = (byte[])message.Clone();
            damaged[at] ^= 0xff;
            var metadata = new KeyValuePair<byte[], byte[]>(
                "ARROW:schema"u8.ToArray(), Encoding.ASCII.GetBytes(Convert.ToBase64String(damaged)));
            var changed = input with { Footer = input.Footer with { Metadata = [metadata] } };

            var shard = ShardMetadata.For(changed, columns, new Dictionary<string, string>());

            Assert.Equal(1, shard.Entries.Count + shard.Warnings.Count);
        }
    }

    [Theory]
    [InlineData("org.apache.spark.sql.parquet.row.metadata")]
    [InlineData("iceberg.schema")]
    public void Write_SchemaOfAnotherSystem_IsLeftOut(string key)
    {
        using var folder = new TemporaryFolder();

        Assert.Empty(Write(folder, Input(folder, (key, "{}"u8.ToArray()))));
    }

    [Fact]
    public void Write_OwnEntries_WinAndComeInOrder()
    {
        using var folder = new TemporaryFolder();
        var input = Input(folder, ("fineweb.model", "old"u8.ToArray()), ("other", "kept"u8.ToArray()));
        var request = Shards.Request(input, folder.File("out")) with
        {
            Metadata = new Dictionary<string, string> { ["fineweb.zeta"] = "ü", ["fineweb.model"] = "new" },
        };

        ShardWriter.Write(request, Shards.Keep(1));

        Assert.Equal(
            [("other", "kept"), ("fineweb.model", "new"), ("fineweb.zeta", "ü")],
            ParquetFile.Inspect(request.OutputPath).Metadata
                .Select(entry => (entry.Key, Encoding.UTF8.GetString(entry.Value))));
    }

    [Theory]
    [InlineData("text", """{"info": {"features": {"text": {}}}, "x": "ü"}""",
        """{"info":{"features":{"text":{},"score":#,"int_score":#}},"x":"ü"}""")]
    [InlineData("Score text int_score", """{"info": {"features": {"Score": {}, "text": {}, "int_score": {}}}}""",
        """{"info":{"features":{"score":#,"text":{},"int_score":#}}}""")]
    [InlineData("text", """{"info": {}}""", """{"info":{}}""")]
    [InlineData("text", "[]", null)]
    [InlineData("text", """{"info": {"features": 1}}""", null)]
    [InlineData("text", """{"info": {"features": {"a": 1, "a": 2}}}""", null)]
    [InlineData("text", "{", null)]
    public void Extend_Features_AddsTheScores(string columns, string json, string? expected)
    {
        using var folder = new TemporaryFolder();
        var input = ParquetFile.Inspect(new TinyParquet(
            [.. columns.Split(' ').Select(name => TinyColumn.Text(name, "a"))]).WriteTo(folder));
        var (extended, reason) = HuggingFaceFeatures.Extend(
            Encoding.UTF8.GetBytes(json), input, ShardColumns.For(input, "score", "int_score"));

        if (expected is null)
        {
            Assert.Null(extended);
            Assert.NotEmpty(reason);
            return;
        }
        var text = JsonNode.Parse(extended!)!
            .ToJsonString(new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            .Replace("""{"dtype":"float64","_type":"Value"}""", "#", StringComparison.Ordinal)
            .Replace("""{"dtype":"int64","_type":"Value"}""", "#", StringComparison.Ordinal);
        Assert.Equal(expected, text);
    }

    private static string Input(TemporaryFolder folder, params (string Key, byte[] Value)[] entries)
        => new TinyParquet(TinyColumn.Text("text", "a"))
        {
            Metadata = [.. entries.Select(entry => (Encoding.UTF8.GetBytes(entry.Key), entry.Value))],
        }.WriteTo(folder);

    private static Dictionary<string, byte[]> Write(TemporaryFolder folder, string input)
    {
        var request = Shards.Request(input, folder.File("out"));
        ShardWriter.Write(request, Shards.Keep(ParquetFile.Inspect(input).Rows));
        return ParquetFile.Inspect(request.OutputPath).Metadata.ToDictionary(entry => entry.Key, entry => entry.Value);
    }
}
