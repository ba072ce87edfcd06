using System.Text.Json.Nodes;
using ParquetSharp;
using Encoding = System.Text.Encoding;

namespace FineWebTorch.Parquet.Tests;

/// <summary>What a shard's metadata says of its columns is true, whatever its input's said.</summary>
public class FeatureTests
{
    private const string Text = """ "text":{"dtype":"string","_type":"Value"} """;

    [Fact]
    public void Write_ColumnOfNothing_StaysOneAndIsSaidToBe()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "a", "b", "c"), Nothing(3))
        {
            Metadata = [Entry($$"""{{Text}}, "meta":{"dtype":"null","_type":"Value"}""")],
        }.WriteTo(folder);

        var features = Features(folder, input);

        Assert.Equal(["text", "meta", "score", "int_score"], features.Select(feature => feature.Key));
        Assert.Equal("""{"dtype":"null","_type":"Value"}""", features["meta"]!.ToJsonString());
        Assert.Equal("null", ParquetFile.Inspect(folder.File("out")).Find("meta")!.Type.ToString());
        OddTypeTests.AssertSameSchema(input, folder.File("out"));
    }

    [Theory]
    [InlineData("null", "string")]
    [InlineData("int64", "string")]
    [InlineData("large_string", "large_string")]
    public void Write_EntryThatIsNotTrue_IsPutRight(string said, string expected)
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "a"), TinyColumn.Text("meta", "b"))
        {
            Metadata = [Entry($$"""{{Text}}, "meta":{"dtype":"{{said}}","_type":"Value"}""")],
        }.WriteTo(folder);

        Assert.Equal(
            $$"""{"dtype":"{{expected}}","_type":"Value"}""", Features(folder, input)["meta"]!.ToJsonString());
    }

    [Fact]
    public void Write_EntriesOfColumnsThatAreNotThere_LeavesThemOutAndAddsThoseThatAre()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Int64("n", 1), TinyColumn.Text("text", "a"), Nothing(1))
        {
            Metadata = [Entry($$"""{{Text}}, "gone":{"dtype":"string","_type":"Value"}""")],
        }.WriteTo(folder);

        var features = Features(folder, input);

        Assert.Equal(["n", "text", "meta", "score", "int_score"], features.Select(feature => feature.Key));
        Assert.Equal("""{"dtype":"int64","_type":"Value"}""", features["n"]!.ToJsonString());
        Assert.Equal("""{"dtype":"null","_type":"Value"}""", features["meta"]!.ToJsonString());
    }

    [Fact]
    public void Write_ColumnThatDatasetsHasNoNameFor_LeavesTheEntryOutAndSaysSoBeforehand()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "a"), TinyColumn.Fixed("hash", 4, [1, 2, 3, 4]))
        {
            Metadata = [Entry(Text)],
        }.WriteTo(folder);
        const string Expected =
            "metadata 'huggingface' is left out: it does not describe column 'hash', which is fixed_size_binary[4]";

        Assert.Equal([Expected], PageChecksTests.Preflight(input));
        Assert.Equal(
            [Expected], ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(1)).Warnings);
        Assert.Empty(ParquetFile.Inspect(folder.File("out")).Metadata);
    }

    [Theory]
    [InlineData("other", false)]
    [InlineData("text", true)]
    public void Write_ArrowSchemaOfOtherColumns_IsLeftOut(string column, bool isCarried)
    {
        using var folder = new TemporaryFolder();
        var schema = ParquetFile.Inspect(Arrow(folder)).Metadata.Single(entry => entry.Key == "ARROW:schema").Value;
        var input = new TinyParquet(TinyColumn.Text(column, "a"))
        {
            Metadata = [("ARROW:schema"u8.ToArray(), schema)],
        }.WriteTo(folder);

        var result = ShardWriter.Write(Shards.Request(input, folder.File("out"), column), Shards.Keep(1));

        Assert.Equal(isCarried ? 0 : 1, result.Warnings.Count);
    }

    [Fact]
    public void Of_FileWithoutTheEntry_NamesItsTypes()
    {
        using var folder = new TemporaryFolder();
        var input = folder.File("in.parquet");
        using (var writer = new ParquetFileWriter(input, [
            new Column<string>("text"), new Column<float>("f"), new Column<decimal?>("d", LogicalType.Decimal(29, 3)),
            new Column<int?[]?>("list"), new Column<DateTimeNanos?>("t"), new Column<Half>("h"), new Column<bool>("b"),
        ]))
        {
            writer.Close();
        }

        var features = HuggingFaceFeatures.Of(ParquetFile.Inspect(input))!;

        Assert.Equal(
            ["string", "float32", "decimal128(29, 3)", "list of int32", "timestamp[ns, tz=UTC]", "float16", "bool"],
            features.Select(feature => Name(feature.Value!)));

        static string Name(JsonNode feature) => (string?)feature["dtype"] ?? $"list of {Name(feature["feature"]!)}";
    }

    [Theory]
    [InlineData("""{"feature":{"dtype":"int64","_type":"Value"},"_type":"Sequence"}""", true)]
    [InlineData("""[{"dtype":"int64","_type":"Value"}]""", true)]
    [InlineData("""{"feature":{"dtype":"string","_type":"Value"},"_type":"List"}""", false)]
    [InlineData("""{"dtype":"null","_type":"Value"}""", false)]
    [InlineData("""{"_type":"OfTheFuture"}""", true)]
    public void Of_FeatureOfAList_IsTakenWhereItCanBeTrue(string feature, bool isTrue)
    {
        using var folder = new TemporaryFolder();
        var input = folder.File("in.parquet");
        using (var writer = new ParquetFileWriter(
            input, [new Column<int?[]?>("list")],
            keyValueMetadata: new Dictionary<string, string> { ["huggingface"] = Json($"\"list\":{feature}") }))
        {
            writer.Close();
        }

        var known = HuggingFaceFeatures.Of(ParquetFile.Inspect(input))!["list"]!.ToJsonString();

        Assert.Equal(isTrue ? feature : """{"feature":{"dtype":"int32","_type":"Value"},"_type":"List"}""", known);
    }

    private static JsonObject Features(TemporaryFolder folder, string input)
    {
        var rows = ParquetFile.Inspect(input).Rows;
        var result = ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(rows));
        Assert.Empty(result.Warnings);
        var entry = ParquetFile.Inspect(folder.File("out")).Metadata.Single(pair => pair.Key == "huggingface");
        return JsonNode.Parse(entry.Value)!["info"]!["features"]!.AsObject();
    }

    // A file that Arrow wrote, of one text column.
    private static string Arrow(TemporaryFolder folder)
    {
        var path = folder.File("arrow.parquet");
        var schema = new Apache.Arrow.Schema(
            [new Apache.Arrow.Field("text", Apache.Arrow.Types.StringType.Default, true)], null);
        using var properties = new ParquetSharp.Arrow.ArrowWriterPropertiesBuilder().StoreSchema().Build();
        using var writer = new ParquetSharp.Arrow.FileWriter(path, schema, null, properties);
        writer.Close();
        return path;
    }

    private static TinyColumn Nothing(int rows) =>
        TinyColumn.Int32("meta", new int?[rows]) with { LogicalType = type => type.Struct(11, _ => { }) };

    private static (byte[] Key, byte[] Value) Entry(string features) =>
        ("huggingface"u8.ToArray(), Encoding.UTF8.GetBytes(Json(features)));

    private static string Json(string features) =>
        """{"info":{"features":{""" + features + "}}}";
}
