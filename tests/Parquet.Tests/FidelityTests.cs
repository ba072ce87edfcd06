using ParquetSharp.Arrow;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Every type that Arrow's writers know comes out of a shard as it went into the file.</summary>
public class FidelityTests
{
    private static readonly string ArrowTypes =
        Path.Combine(TestData.RepositoryRoot, "tests", "Parquet.Tests", "data", "arrow-types.parquet");

    [Fact]
    public void Write_EveryArrowType_ChangesNothing()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out.parquet");

        var result = ShardWriter.Write(Shards.Request(ArrowTypes, output), Shards.Keep(4));
        var view = Hyparquet.Compare([new PeerJob(ArrowTypes, output, [0, 1, 2, 3])]).Single();

        Assert.Empty(result.Warnings);
        Assert.Empty(view.Differences);
        OddTypeTests.AssertSameSchema(ArrowTypes, output);
        var before = ParquetFile.Inspect(ArrowTypes).Columns;
        Assert.Equal(Lines(before), Lines(ParquetFile.Inspect(output).Columns).Take(before.Count));
        Assert.Contains("timestamp_us_paris: timestamp[us, tz=Europe/Paris] True", Lines(before));
    }

    [Theory]
    [InlineData("int_score", "score")]
    [InlineData("timestamp_ms", "int8")]
    public void Write_ArrowSchema_IsWhatArrowReads(string score, string intScore)
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out.parquet");
        var request = Shards.Request(ArrowTypes, output) with
        {
            ScoreColumn = score,
            IntScoreColumn = intScore,
            ReplaceScoreColumns = true,
        };

        ShardWriter.Write(request, Shards.Keep(4));

        using var before = new FileReader(ArrowTypes);
        using var after = new FileReader(output);
        var expected = Fields(before);
        foreach (var (name, type) in ((string, string)[])[(score, "double"), (intScore, "int64")])
        {
            var line = $"{name}: {type} True";
            var index = expected.FindIndex(field => field.StartsWith(name + ":", StringComparison.Ordinal));
            if (index < 0)
                expected.Add(line);
            else
                expected[index] = line;
        }
        Assert.Equal(expected, Fields(after));
    }

    private static IEnumerable<string> Lines(IEnumerable<ParquetColumn> columns) =>
        columns.Select(column => $"{column.Name}: {column.Type} {column.Nullable}");

    private static List<string> Fields(FileReader reader) =>
        [.. reader.Schema.FieldsList.Select(field => $"{field.Name}: {field.DataType.Name} {field.IsNullable}")];
}
