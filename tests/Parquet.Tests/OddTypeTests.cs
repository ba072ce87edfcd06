using System.Numerics;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Types that Arrow's writers do not produce, or no longer.</summary>
public class OddTypeTests
{
    private static readonly byte[] MinusOne = [.. Enumerable.Repeat((byte)0xff, 13)];

    private static readonly TinyColumn[] Columns =
    [
        TinyColumn.Text("text", "a", null, "c"),
        new("int96"u8.ToArray(), 3, [[1, 0, 0, 0, 0, 0, 0, 0, 0x8c, 0x3d, 0x25, 0], null, new byte[12]]),
        TinyColumn.Int32("null", null, null, null) with { LogicalType = Empty(11) },
        TinyColumn.Int32("time_ms", 1, null, 3) with { ConvertedType = 7, LogicalType = Time(7, 1, utc: true) },
        TinyColumn.Int64("time_us", 1, null, 3) with { ConvertedType = 8, LogicalType = Time(7, 2, utc: true) },
        TinyColumn.Int64("time_ns", 1001, null, 3) with { LogicalType = Time(7, 3, utc: true) },
        TinyColumn.Int64("old_timestamp_ms", 1, null, 3) with { ConvertedType = 9 },
        TinyColumn.Int64("old_timestamp_us", 1, null, 3) with { ConvertedType = 10 },
        TinyColumn.Int64("timestamp_ms", 1, null, -3) with { LogicalType = Time(8, 1, utc: false) },
        TinyColumn.Int64("timestamp_us", long.MaxValue, long.MinValue, -long.MaxValue) with
        {
            LogicalType = Time(8, 2, utc: false),
        },
        TinyColumn.Binary("enum", "x"u8.ToArray(), null, "y"u8.ToArray()) with { ConvertedType = 4 },
        TinyColumn.Binary("json", "{}"u8.ToArray(), null, "[1, 2]"u8.ToArray()) with { ConvertedType = 19 },
        TinyColumn.Int64("decimal_int64", 1, null, -3) with { ConvertedType = 5, Scale = 2, Precision = 18 },
        TinyColumn.Fixed("decimal_fixed", 3, [1, 0, 0], null, [255, 255, 255]) with
        {
            ConvertedType = 5, Scale = 2, Precision = 5,
        },
        TinyColumn.Binary("decimal_binary", [1, 0, 0], null, [255]) with
        {
            ConvertedType = 5, Scale = 2, Precision = 30,
        },
        TinyColumn.Fixed("decimal_9", 9, BigEndian(BigInteger.Pow(10, 19) + 1, 9), null, BigEndian(7, 9))
            with { ConvertedType = 5, Scale = 0, Precision = 20 },
        TinyColumn.Fixed("decimal_13", 13, BigEndian(BigInteger.Pow(10, 29) + 1, 13), null, MinusOne)
            with { ConvertedType = 5, Scale = 3, Precision = 30 },
        TinyColumn.Fixed("uuid", 16, new byte[16], null, BigEndian(77, 16)) with { LogicalType = Empty(14) },
        TinyColumn.Binary("binary", "x"u8.ToArray(), null, [0, 255]),
        TinyColumn.Int32("required", 1, 2, 3) with { IsRequired = true },
    ];

    [Fact]
    public void Write_OddTypes_ChangesNothingThatWarningsDoNotName()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(Columns).WriteTo(folder);
        var output = folder.File("out.parquet");

        var result = ShardWriter.Write(Shards.Request(input, output), Shards.Keep(3));
        var view = Hyparquet.Compare([new PeerJob(input, output, [0, 1, 2])]).Single();

        Assert.Equal(
            [
                Line("int96", "timestamp[ns]", "timestamp[us]") + ", nanoseconds cut off",
                Line("null", "null", "int32"),
                Line("time_ms", "time32[ms]", "time64[us]"),
                Line("time_ns", "time64[ns]", "time64[us]") + ", nanoseconds cut off",
                Line("enum", "binary", "string"),
                Line("required", "int32 not null", "int32"),
            ],
            result.Warnings);
        Assert.Equal(
            [
                "int96: INT96 became int96: timestamp MICROS false",
                "null: NULL became null: INT_32",
                "time_ms: time MILLIS became time_ms: time MICROS",
                "time_ns: time NANOS became time_ns: time MICROS",
                "enum: ENUM became enum: string",
                "required: INT_32 not null became required: INT_32",
                "int96, row 0: \"1 ns\" became \"0 ns\"",
                "time_ms, row 0: 1 became 1000",
                "time_ns, row 0: 1001 became 1",
                "enum, row 0: bytes 78 became \"x\"",
            ],
            view.Differences);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(32)]
    public void Write_DecimalWiderThanDuckDbKnows_IsRefused(int bytes)
    {
        using var folder = new TemporaryFolder();
        var values = TinyColumn.Fixed("wide", bytes, BigEndian(BigInteger.Pow(10, 49) + 1, bytes));
        var wide = values with { ConvertedType = 5, Scale = 0, Precision = 50 };
        var input = new TinyParquet(TinyColumn.Text("text", "a"), wide).WriteTo(folder);
        var output = folder.File("out.parquet");

        var exception = Assert.Throws<ParquetFileException>(
            () => ShardWriter.Write(Shards.Request(input, output), Shards.Keep(1)));

        Assert.Equal("wide", exception.Column);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void Inspect_TypeThatDuckDbDoesNotRead_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var bson = TinyColumn.Binary("b", "x"u8.ToArray()) with { ConvertedType = 20 };
        var input = new TinyParquet(TinyColumn.Text("text", "a"), bson).WriteTo(folder);

        var exception = Assert.Throws<ParquetFileException>(() => ParquetFile.Inspect(input));

        Assert.Equal(ParquetFault.Unsupported, exception.Fault);
    }

    private static Action<ThriftWriter> Time(int union, int unit, bool utc) => type => type.Struct(union, time =>
    {
        if (utc)
            time.True(1);
        else
            time.False(1);
        time.Struct(2, choice => choice.Struct(unit, _ => { }));
    });

    private static Action<ThriftWriter> Empty(int union) => type => type.Struct(union, _ => { });

    private static byte[] BigEndian(BigInteger value, int length)
    {
        var digits = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - digits.Length], .. digits];
    }

    private static string Line(string column, string before, string after)
        => $"column '{column}' is {before} in the input and {after} in the shard";
}
