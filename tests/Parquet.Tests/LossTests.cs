namespace FineWebTorch.Parquet.Tests;

/// <summary>What DuckDB cannot carry is announced, truly and completely.</summary>
public class LossTests
{
    private static readonly string ArrowTypes =
        Path.Combine(TestData.RepositoryRoot, "tests", "Parquet.Tests", "data", "arrow-types.parquet");

    [Fact]
    public void Losses_EveryArrowType_NamesEachChangedColumnOnce()
        => Assert.Equal(
            [
                Line("timestamp_ms_utc", "timestamp[ms, tz=UTC]", "timestamp[us, tz=UTC]"),
                Line("timestamp_us_paris", "timestamp[us, tz=Europe/Paris]", "timestamp[us, tz=UTC]"),
                Line("timestamp_ns_utc", "timestamp[ns, tz=UTC]", "timestamp[us, tz=UTC]") + ", nanoseconds cut off",
                Line("time_ms", "time32[ms]", "time64[us]"),
                Line("duration", "duration[us]", "int64"),
                Line("float16", "halffloat", "float"),
                Line("fixed_binary", "fixed_size_binary[3]", "binary"),
                Line("large_binary", "large_binary", "binary"),
                Line("uuid", "extension<arrow.uuid>", "binary"),
                Line("required", "int32 not null", "int32"),
                Line("required_text", "string not null", "string"),
                Line("fixed_list", "fixed_size_list<item: int32>[2]", "list<element: int32>"),
                Line("list_required", "list<item: int32 not null>", "list<element: int32>"),
                Line("struct", "struct<a: int32, b: int32 not null>", "struct<a: int32, b: int32>"),
            ],
            ShardWriter.Losses(ParquetFile.Inspect(ArrowTypes)));

    [Fact]
    public void Write_EveryArrowType_ChangesNothingThatLossesDoNotName()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out.parquet");

        var result = ShardWriter.Write(Shards.Request(ArrowTypes, output), Shards.Keep(4));
        var view = Hyparquet.Compare([new PeerJob(ArrowTypes, output, [0, 1, 2, 3])]).Single();

        Assert.Equal(ShardWriter.Losses(ParquetFile.Inspect(ArrowTypes)), result.Warnings);
        // As another reader sees it, without the Arrow schema in the metadata.
        Assert.Equal(
            [
                "timestamp_ms_utc: timestamp MILLIS true became timestamp_ms_utc: timestamp MICROS true",
                "timestamp_ns_utc: timestamp NANOS true became timestamp_ns_utc: timestamp MICROS true",
                "time_ms: time MILLIS became time_ms: time MICROS",
                "float16: FLOAT16 became float16: FLOAT",
                "fixed_binary: binary[3] became fixed_binary: BYTE_ARRAY",
                "uuid: binary[16] became uuid: BYTE_ARRAY",
                "required: INT_32 not null became required: INT_32",
                "required_text: string not null became required_text: string",
                "list_required: list<INT_32 not null> became list_required: list<INT_32>",
                "struct: struct<a: INT_32, b: INT_32 not null> became struct: struct<a: INT_32, b: INT_32>",
                "timestamp_ns_utc, row 0: \"1 ns\" became \"0 ns\"",
                "time_ms, row 0: 1 became 1000",
            ],
            view.Differences);
    }

    private static string Line(string column, string before, string after)
        => $"column '{column}' is {before} in the input and {after} in the shard";
}
