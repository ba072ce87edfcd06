using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Annotations, encodings, codecs and page versions that few writers use.</summary>
public class RareTypeTests
{
    private const int Rows = 300;

    public static TheoryData<Compression, ParquetDataPageVersion, bool> Layouts
    {
        get
        {
            Compression[] codecs =
            [
                Compression.Uncompressed, Compression.Snappy, Compression.Gzip, Compression.Brotli,
                Compression.Lz4, Compression.Lz4Hadoop, Compression.Zstd,
            ];
            var layouts = new TheoryData<Compression, ParquetDataPageVersion, bool>();
            foreach (var codec in codecs)
            {
                layouts.Add(codec, ParquetDataPageVersion.V1, true);
                layouts.Add(codec, ParquetDataPageVersion.V2, false);
            }
            layouts.Add(Compression.Zstd, ParquetDataPageVersion.V2, true);
            return layouts;
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Write_EveryCodecPageVersionAndDictionaries_KeepsTheValues(
        Compression codec, ParquetDataPageVersion version, bool dictionary)
    {
        using var folder = new TemporaryFolder();
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(codec).DataPageVersion(version).DataPagesize(500).EnablePageChecksum();
        if (!dictionary)
            builder.DisableDictionary();
        var input = folder.File("in.parquet");
        using (var properties = builder.Build())
        using (var writer = new ParquetFileWriter(input, Columns(), properties))
        {
            using var group = writer.AppendRowGroup();
            Fill(group);
            writer.Close();
        }

        PageChecks.OfAllColumns(input);
        Compare(folder, input, row => row % 3 == 1);
    }

    [Fact]
    public void Write_GroupWithoutFields_CarriesIt()
    {
        using var folder = new TemporaryFolder();
        var input = folder.File("in.parquet");
        using var text = new PrimitiveNode("text", Repetition.Optional, LogicalType.String(), PhysicalType.ByteArray);
        using var nothing = new GroupNode("nothing", Repetition.Optional, []);
        using var schema = new GroupNode("schema", Repetition.Required, [text, nothing]);
        WriteTexts(input, schema, ["a", "b", "c"]);

        Assert.Equal("struct<>", ParquetFile.Inspect(input).Find("nothing")!.Type.ToString());
        Assert.Equal(["a", "b", "c"], Reading.Texts(input));
        Assert.Empty(PageChecksTests.Preflight(input));
        ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(3, row => row != 1));

        Assert.Equal(["a", "c"], Reading.Texts(folder.File("out")));
        Assert.Equal(
            ["text", "nothing", "score", "int_score"],
            ParquetFile.Inspect(folder.File("out")).Columns.Select(column => column.Name));
        OddTypeTests.AssertSameSchema(input, folder.File("out"));
    }

    [Fact]
    public void Write_AnnotationsOfFewWriters_KeepsThem()
    {
        using var folder = new TemporaryFolder();
        var twelve = Enumerable.Range(1, 12).Select(i => (byte)i).ToArray();
        var input = new TinyParquet(
            TinyColumn.Text("text", "a", null, "c"),
            TinyColumn.Fixed("float16", 2, [0, 0x3c], null, [1, 0x7e]) with { LogicalType = Empty(15) },
            TinyColumn.Fixed("uuid", 16, new byte[16], null, [.. twelve, 1, 2, 3, 4]) with { LogicalType = Empty(14) },
            TinyColumn.Binary("json", "{}"u8.ToArray(), null, "[1]"u8.ToArray()) with { LogicalType = Empty(12) },
            TinyColumn.Binary("bson", [5, 0, 0, 0, 0], null, []) with { LogicalType = Empty(13) },
            TinyColumn.Binary("enum", "x"u8.ToArray(), null, "y"u8.ToArray()) with { LogicalType = Empty(4) },
            TinyColumn.Binary("geometry", [1, 2], null, [3]) with { LogicalType = Empty(17) },
            TinyColumn.Int32("date", 1, null, -3) with { LogicalType = Empty(6) },
            TinyColumn.Int32("int8", 127, null, -128) with { ConvertedType = 15 },
            TinyColumn.Int64("uint64", -1, null, 1) with { ConvertedType = 14 },
            new("boolean"u8.ToArray(), 0, [[5], null, []]),
            new("int96"u8.ToArray(), 3, [twelve, null, new byte[12]])).WriteTo(folder);

        Assert.Empty(PageChecksTests.Preflight(input));
        PageChecks.OfAllColumns(input);
        var result = ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(3));

        Assert.Empty(result.Warnings);
        OddTypeTests.AssertSameSchema(input, folder.File("out"));
        var job = new PeerJob(input, folder.File("out"), [0, 1, 2]);
        Assert.Empty(Hyparquet.Compare([job]).Single().Differences);
    }

    [Fact]
    public void Write_Interval_KeepsItsBytes()
    {
        using var folder = new TemporaryFolder();
        var twelve = Enumerable.Range(1, 12).Select(i => (byte)i).ToArray();
        var interval = TinyColumn.Fixed("interval", 12, twelve, null, new byte[12]) with { ConvertedType = 21 };
        var input = new TinyParquet(interval, TinyColumn.Text("text", "a", null, "c")).WriteTo(folder);

        ShardWriter.Write(Shards.Request(input, folder.File("out")), Shards.Keep(3));

        OddTypeTests.AssertSameSchema(input, folder.File("out"));
        using var reader = new ParquetFileReader(folder.File("out"));
        using var group = reader.RowGroup(0);
        using var column = (ColumnReader<FixedLenByteArray>)group.Column(0);
        var (levels, values) = (new short[3], new FixedLenByteArray[3]);
        column.ReadBatch(3, levels, [], values, out _);
        Assert.Equal([1, 0, 1], levels);
        Assert.Equal(twelve, Bytes(values[0]));
        Assert.Equal(new byte[12], Bytes(values[1]));

        static unsafe byte[] Bytes(FixedLenByteArray value) =>
            new ReadOnlySpan<byte>((void*)value.Pointer, 12).ToArray();
    }

    private static Action<ThriftWriter> Empty(int union) => type => type.Struct(union, _ => { });

    private static Column[] Columns() =>
    [
        new Column<string>("text"), new Column<int?>("int"), new Column<long>("long"), new Column<double?>("double"),
        new Column<bool?>("bool"), new Column<string?>("word"),
        new Column<decimal?>("price", LogicalType.Decimal(20, 3)), new Column<Guid?>("uuid"), new Column<DateTimeNanos?>("time"), new Column<byte[]>("bytes"),
        new Column<int?[]?>("list"), new Column<string[]?[]?>("lists"),
    ];

    private static void Fill(RowGroupWriter group)
    {
        Column<string>(group, row => $"text {row % 7}");
        Column<int?>(group, row => row % 5 == 0 ? null : row % 11);
        Column<long>(group, row => row % 3);
        Column<double?>(group, row => row % 4 == 0 ? null : row % 6 / 8.0);
        Column<bool?>(group, row => row % 4 == 0 ? null : row % 2 == 0);
        Column<string?>(group, row => row % 6 == 0 ? null : $"word {row % 5}");
        Column<decimal?>(group, row => row % 6 == 0 ? null : row % 9 * 1.125m);
        Column<Guid?>(group, row => row % 3 == 0 ? null : new Guid(row % 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
        Column<DateTimeNanos?>(group, row => row % 7 == 0 ? null : new DateTimeNanos(row % 8 * 1_000_000_007L));
        Column<byte[]>(group, row => [(byte)row, 0, 255]);
        Column<int?[]?>(group, row => row % 5 == 0
            ? null
            : [.. Enumerable.Range(0, row % 4).Select(i => i == 1 ? (int?)null : i)]);
        Column<string[]?[]?>(group, row => row % 6 == 0 ? null : [[], null, [$"{row % 3}", "x"]]);
    }

    private static void Column<T>(RowGroupWriter group, Func<int, T> value)
    {
        using var column = group.NextColumn().LogicalWriter<T>();
        column.WriteBatch([.. Enumerable.Range(0, Rows).Select(value)]);
    }

    private static void WriteTexts(string path, GroupNode schema, string[] texts)
    {
        using var builder = new WriterPropertiesBuilder();
        using var properties = builder.Build();
        using var file = File.Create(path);
        using var stream = new ManagedOutputStream(file, leaveOpen: true);
        using var writer = new ParquetFileWriter(stream, schema, properties);
        using (var group = writer.AppendRowGroup())
        {
            using var column = group.NextColumn().LogicalWriter<string>();
            column.WriteBatch(texts);
        }
        writer.Close();
    }

    private static void Compare(TemporaryFolder folder, string input, Func<long, bool> keep)
    {
        var kept = Shards.Keep(Rows, keep).ToList();
        var result = ShardWriter.Write(Shards.Request(input, folder.File("out")), kept);
        var job = new PeerJob(input, folder.File("out"), [.. kept.Select(row => row.Row)]);
        Assert.Empty(Hyparquet.Compare([job]).Single().Differences);
        Assert.Empty(result.Warnings);
        OddTypeTests.AssertSameSchema(input, folder.File("out"));
    }
}
