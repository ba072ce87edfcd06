using System.Globalization;
using FineWebTorch.Parquet.Format;
using Google.FlatBuffers;

namespace FineWebTorch.Parquet.Tests;

/// <summary>
/// Footers and headers of pages that would have gigabytes kept for a few bytes: refused with one line, in the memory that
/// they take themselves.
/// </summary>
public sealed class HostileFooterTests
{
    private const long Little = 32 << 20;

    [Theory]
    [InlineData("columns", "describes 1000000 columns, over the limit of 200000")]
    [InlineData("row groups", "describes 2000000 row groups, over the limit of 1000000")]
    [InlineData("column chunks", "describes 5000000 column chunks, over the limit of 4000000")]
    [InlineData("metadata", "describes 1000000 metadata entries, over the limit of 100000")]
    [InlineData("rows", "describes 1099511627776 rows, over the limit of 2147483647")]
    [InlineData("rows in all", "describes 4000000000 rows, over the limit of 2147483647")]
    [InlineData("uneven", "row groups do not have the columns of its schema")]
    [InlineData("depth", "its schema is not a tree")]
    [InlineData("without a schema", "has no schema before its row groups")]
    public void Inspect_FooterOfMillions_IsRefusedInLittleMemory(string what, string reason)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("hostile.parquet");
        var footer = Footer(what);
        File.WriteAllBytes(path, [.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8]);

        var (exception, allocated) = Refusal(() => ParquetFile.Inspect(path));

        Assert.Equal(ParquetFault.Damaged, exception.Fault);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.InRange(allocated, 0, Little + footer.Length);
    }

    [Theory]
    [InlineData(300L << 20, "has 314572800 bytes, over the limit of 268435456")]
    [InlineData(2L << 30, "has 2147483648 bytes, over the limit of 268435456")]
    [InlineData(uint.MaxValue, "beyond the file")]
    public void Inspect_FooterOfGigabytes_IsRefusedUnread(long length, string reason)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("hostile.parquet");
        using (var file = File.Create(path))
        {
            file.Write("PAR1"u8);
            // A hole: it takes no room on the disk.
            file.Seek(Math.Min(length, 3L << 30), SeekOrigin.Current);
            file.Write(BitConverter.GetBytes((uint)length));
            file.Write("PAR1"u8);
        }

        var (exception, allocated) = Refusal(() => ParquetFile.Inspect(path));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, 1 << 20);
    }

    /// <summary>Each of the zeros is a whole header, of a page of no values and no bytes.</summary>
    [Fact]
    public void PageHeaders_MillionsOfEmptyPages_AreNotGoneThrough()
    {
        using var folder = new TemporaryFolder();
        using var file = File.OpenHandle(folder.Write("zeros", new byte[4 << 20]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<FormatException>(() => PageHeader.Of(file, new ColumnChunk(0, 1, 0, false, false)).Count());

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    /// <summary>Offsets of 20,000 fields lead to the same one, whose name has a megabyte.</summary>
    [Fact]
    public void ArrowSchema_OneNameUsedManyTimes_IsNotReadThatOften()
    {
        var base64 = System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(SharedName(fields: 20_000, name: 1 << 20)));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Null(ArrowSchemaMessage.Read(base64));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 << 20);
    }

    [Fact]
    public void Read_TextThatSaysToHaveThreeGigabytes_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var text = TinyColumn.Text("text", "hello");
        var length = BitConverter.GetBytes(3_000_000_000u);
        var input = (new TinyParquet(text with { Values = [[.. length, .. "hello"u8]] })).WriteTo(folder);

        var (exception, allocated) = Refusal(() => Reading.Texts(input));

        Assert.Equal(ParquetFault.Damaged, exception.Fault);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.InRange(allocated, 0, Little);
    }

    private static (ParquetFileException Exception, long Allocated) Refusal(Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var exception = Assert.Throws<ParquetFileException>(read);
        return (exception, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>Lists are of structures without a field, which take a byte each.</summary>
    private static byte[] Footer(string what) => ThriftWriter.Struct(footer =>
    {
        footer.Int32(1, 1);
        if (what != "without a schema")
            Schema(footer, what);
        footer.Int64(3, 0);
        switch (what)
        {
            case "row groups": Empty(footer, 4, 2_000_000); break;
            case "column chunks": Empty(footer, 4, 50_000); break;
            case "metadata": Empty(footer, 5, 1_000_000); break;
            case "rows": Groups(footer, chunks: 1, 1L << 40); break;
            case "rows in all": Groups(footer, chunks: 1, 2_000_000_000, 2_000_000_000); break;
            default: Groups(footer, chunks: 1_000_000, 1); break;
        }
    });

    private static void Schema(ThriftWriter footer, string what)
    {
        if (what == "columns")
        {
            Empty(footer, 2, 1_000_000);
            return;
        }

        if (what == "depth")
        {
            footer.Structs(2, Enumerable.Range(0, 100_000).ToList(), (element, _) => element.Int32(5, 1));
            return;
        }

        var columns = what == "column chunks" ? 100 : 1;
        footer.Structs(2, Enumerable.Range(0, columns + 1).ToList(), (element, index) =>
        {
            element.Int32(1, index == 0 ? null : 1);
            element.Binary(4, System.Text.Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
            element.Int32(5, index == 0 ? columns : null);
        });
    }

    private static void Groups(ThriftWriter footer, int chunks, params long[] rows) =>
        footer.Structs(4, rows, (group, count) =>
        {
            Empty(group, 1, chunks);
            group.Int64(3, count);
        });

    private static void Empty(ThriftWriter writer, int field, int count) =>
        writer.Structs(field, new byte[count], static (_, _) => { });

    private static byte[] SharedName(int fields, int name)
    {
        var builder = new FlatBufferBuilder(name + (fields * 4) + 1024);
        var text = builder.CreateString(new string('n', name));
        builder.StartTable(7);
        builder.AddOffset(0, text.Value, 0);
        builder.AddByte(2, (byte)ArrowKind.Int, 0);
        var field = builder.EndTable();
        builder.StartVector(sizeof(int), fields, sizeof(int));
        for (var i = 0; i < fields; i++)
            builder.AddOffset(field);
        var list = builder.EndVector();
        builder.StartTable(4);
        builder.AddOffset(1, list.Value, 0);
        var schema = builder.EndTable();
        builder.StartTable(5);
        builder.AddByte(1, ArrowSchemaMessage.SchemaHeader, 0);
        builder.AddOffset(2, schema, 0);
        builder.Finish(builder.EndTable());
        var message = builder.SizedByteArray();
        return [.. BitConverter.GetBytes(ArrowSchemaMessage.Continuation), .. BitConverter.GetBytes(message.Length), .. message];
    }
}
