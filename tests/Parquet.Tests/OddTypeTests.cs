using System.Numerics;
using FineWebTorch.Parquet.Format;

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
    public void Write_OddTypes_ChangesNothing()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(Columns).WriteTo(folder);
        var output = folder.File("out.parquet");

        var result = ShardWriter.Write(Shards.Request(input, output), Shards.Keep(3));
        var view = Hyparquet.Compare([new PeerJob(input, output, [0, 1, 2])]).Single();

        Assert.Empty(result.Warnings);
        Assert.Empty(view.Differences);
        AssertSameSchema(input, output);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(32)]
    public void Write_WideDecimal_IsCarried(int bytes)
    {
        using var folder = new TemporaryFolder();
        var values = TinyColumn.Fixed("wide", bytes, BigEndian(BigInteger.Pow(10, 49) + 1, bytes));
        var wide = values with { ConvertedType = 5, Scale = 0, Precision = 50 };
        var input = new TinyParquet(TinyColumn.Text("text", "a"), wide).WriteTo(folder);
        var output = folder.File("out.parquet");

        ShardWriter.Write(Shards.Request(input, output), Shards.Keep(1));

        Assert.Equal("decimal256(50, 0)", ParquetFile.Inspect(output).Find("wide")!.Type.ToString());
        AssertSameSchema(input, output);
    }

    [Fact]
    public void Read_BesideAColumnThatArrowHasNoTypeFor_GivesTheTexts()
    {
        using var folder = new TemporaryFolder();
        var wide = TinyColumn.Binary("wide", [1], [2], null) with { ConvertedType = 5, Scale = 1, Precision = 100 };
        var input = new TinyParquet(wide, TinyColumn.Text("text", "a", null, "c")).WriteTo(folder);

        using (var reader = TextColumnReader.Open(input, "text"))
            Assert.Equal(TextReading.NotArrow, reader.Plan.Reading);
        Assert.Equal(["a", null, "c"], Reading.Texts(input));
    }

    [Fact]
    public void Write_LogicalTypeOfTheFuture_IsCarried()
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(
            TinyColumn.Binary("future", "x"u8.ToArray(), [0, 255]) with { LogicalType = Empty(60) },
            TinyColumn.Text("text", "a", "b"),
            TinyColumn.Binary("bson", "x"u8.ToArray(), null) with { ConvertedType = 20 }).WriteTo(folder);
        var output = folder.File("out.parquet");

        var result = ShardWriter.Write(Shards.Request(input, output), Shards.Keep(2));

        Assert.Empty(result.Warnings);
        AssertSameSchema(input, output);
        Assert.Equal(["a", "b"], Reading.Texts(output));
        Assert.Equal(Rows(input), Rows(output));

        static IEnumerable<string> Rows(string path) =>
            ShardSampler.Read(path, "text", scoreColumn: null, [0, 1]).Select(row => Convert.ToHexString(row.Text!));
    }

    [Fact]
    public void Write_OnlyLogicalTypes_AreUnderstoodAndCarried()
    {
        using var folder = new TemporaryFolder();
        var text = TinyColumn.Binary("text", "a"u8.ToArray(), null, "c"u8.ToArray()) with { LogicalType = Empty(1) };
        var number = TinyColumn.Int32("uint32", -1, 1, null) with { LogicalType = Integer(32, isSigned: false) };
        var price = TinyColumn.Int64("price", 1, null, 3) with { LogicalType = Decimal(scale: 2, precision: 12) };
        var input = new TinyParquet(text, number, price).WriteTo(folder);
        var output = folder.File("out.parquet");

        ShardWriter.Write(Shards.Request(input, output), Shards.Keep(3));

        Assert.Equal(["a", null, "c"], Reading.Texts(output));
        Assert.Equal(
            ["string", "uint32", "decimal128(12, 2)", "double", "int64"],
            ParquetFile.Inspect(output).Columns.Select(column => column.Type.ToString()));
        Assert.Equal(["4294967295", "1"], Ids(output).Take(2));
        AssertSameSchema(input, output);
        Assert.Empty(Hyparquet.Compare([new PeerJob(input, output, [0, 1, 2])]).Single().Differences);
    }

    // Every byte of each column's annotations.
    internal static void AssertSameSchema(string input, string output)
    {
        var (before, after) = (Elements(input), Elements(output));
        Assert.Equal(before[1..], after[1..before.Count]);

        static List<string> Elements(string path)
        {
            var bytes = ParquetFile.Inspect(path).Footer.Bytes;
            return [.. FooterRewriter.Elements(bytes).Select(range => Convert.ToHexString(bytes.AsSpan()[range]))];
        }
    }

    private static List<string?> Ids(string path)
    {
        using var reader = TextColumnReader.Open(path, "text", idColumn: "uint32");
        Assert.True(reader.Read());
        return [.. Enumerable.Range(0, reader.Count).Select(reader.Id)];
    }

    private static Action<ThriftWriter> Integer(int bits, bool isSigned) => type => type.Struct(10, integer =>
    {
        integer.Byte(1, (sbyte)bits);
        if (isSigned)
            integer.True(2);
        else
            integer.False(2);
    });

    private static Action<ThriftWriter> Decimal(int scale, int precision) => type => type.Struct(5, number =>
    {
        number.Int32(1, scale);
        number.Int32(2, precision);
    });

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
}
