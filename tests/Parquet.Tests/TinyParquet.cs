using System.Text;

namespace FineWebTorch.Parquet.Tests;

/// <summary>
/// Writes small Parquet files that ordinary writers do not: any names, annotations and metadata, row groups of one
/// row, footers that lie. Flat columns, PLAIN encoding, no compression.
/// </summary>
internal sealed record TinyParquet(params TinyColumn[] Columns)
{
    private const int Plain = 0;
    private const int RunLength = 3;

    public int RowsPerGroup { get; init; } = int.MaxValue;

    public IReadOnlyList<(byte[] Key, byte[] Value)> Metadata { get; init; } = [];

    /// <summary>What the footer says; null for the truth.</summary>
    public long? ClaimedRows { get; init; }

    /// <summary>What the headers of pages say that these are, decompressed; null for the truth.</summary>
    public int? ClaimedPageSize { get; init; }

    /// <summary>What becomes of a page in the file, by <see cref="Codec"/>.</summary>
    public Func<byte[], byte[]> Pack { get; init; } = static page => page;

    /// <summary>What the footer says of all columns: a CompressionCodec of parquet.thrift.</summary>
    public int Codec { get; init; }

    public string WriteTo(TemporaryFolder folder, string name = "input.parquet")
    {
        File.WriteAllBytes(folder.File(name), ToBytes());
        return folder.File(name);
    }

    public byte[] ToBytes()
    {
        using var file = new MemoryStream();
        file.Write("PAR1"u8);
        var rows = Columns[0].Values.Count;
        var groups = new List<RowGroup>();
        for (var first = 0; first < rows;)
        {
            var count = Math.Min(RowsPerGroup, rows - first);
            groups.Add(new(count, [.. Columns.Select(column => WritePage(file, column, first, count))]));
            first += count;
        }
        var footer = ThriftWriter.Struct(writer => Footer(writer, rows, groups));
        file.Write(footer);
        file.Write(BitConverter.GetBytes(footer.Length));
        file.Write("PAR1"u8);
        return file.ToArray();
    }

    private Page WritePage(MemoryStream file, TinyColumn column, int first, int count)
    {
        var values = column.Values.Skip(first).Take(count).ToList();
        byte[] levels = column.IsRequired ? [] : Levels(values);
        var page = (byte[])[.. levels, .. values.Where(value => value is not null).SelectMany(value => value!)];
        var packed = Pack(page);
        var header = ThriftWriter.Struct(writer =>
        {
            writer.Int32(1, 0);
            writer.Int32(2, ClaimedPageSize ?? page.Length);
            writer.Int32(3, packed.Length);
            writer.Struct(5, data =>
            {
                data.Int32(1, count);
                data.Int32(2, Plain);
                data.Int32(3, RunLength);
                data.Int32(4, RunLength);
            });
        });
        var offset = file.Position;
        file.Write(header);
        file.Write(packed);
        return new Page(column, offset, header.Length + packed.Length);
    }

    // One bit-packed run of definition levels.
    private static byte[] Levels(List<byte[]?> values)
    {
        var bits = new byte[(values.Count + 7) / 8];
        for (var i = 0; i < values.Count; i++)
            bits[i / 8] |= (byte)(values[i] is null ? 0 : 1 << (i % 8));
        var header = (bits.Length << 1) | 1;
        byte[] run = header < 0x80 ? [(byte)header] : [(byte)(header | 0x80), (byte)(header >> 7)];
        return [.. BitConverter.GetBytes(run.Length + bits.Length), .. run, .. bits];
    }

    private void Footer(ThriftWriter footer, int rows, IReadOnlyList<RowGroup> groups)
    {
        footer.Int32(1, 1);
        footer.Structs(2, [null, .. Columns], Element);
        footer.Int64(3, ClaimedRows ?? rows);
        footer.Structs(4, groups, (group, content) =>
        {
            group.Structs(1, content.Pages, (chunk, page) => Chunk(chunk, page, content.Rows));
            group.Int64(2, content.Pages.Sum(page => page.Length));
            group.Int64(3, content.Rows);
        });
        if (Metadata.Count > 0)
        {
            footer.Structs(5, Metadata, (entry, pair) =>
            {
                entry.Binary(1, pair.Key);
                entry.Binary(2, pair.Value);
            });
        }
    }

    private void Element(ThriftWriter element, TinyColumn? column)
    {
        if (column is null)
        {
            element.Binary(4, "schema"u8.ToArray());
            element.Int32(5, Columns.Length);
            return;
        }
        element.Int32(1, column.PhysicalType);
        element.Int32(2, column.Length);
        element.Int32(3, column.IsRequired ? 0 : 1);
        element.Binary(4, column.Name);
        element.Int32(6, column.ConvertedType);
        element.Int32(7, column.Scale);
        element.Int32(8, column.Precision);
        element.Struct(10, column.LogicalType);
    }

    private void Chunk(ThriftWriter chunk, Page page, int rows)
    {
        chunk.Int64(2, page.Offset);
        chunk.Struct(3, data =>
        {
            data.Int32(1, page.Column.PhysicalType);
            data.Int32s(2, Plain, RunLength);
            data.Texts(3, Encoding.UTF8.GetString(page.Column.Name));
            data.Int32(4, Codec);
            data.Int64(5, rows);
            data.Int64(6, ClaimedPageSize ?? page.Length);
            data.Int64(7, page.Length);
            data.Int64(9, page.Offset);
        });
    }

    private sealed record Page(TinyColumn Column, long Offset, int Length);

    private sealed record RowGroup(int Rows, IReadOnlyList<Page> Pages);
}
