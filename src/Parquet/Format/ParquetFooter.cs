using System.Buffers.Binary;
using System.Globalization;

namespace FineWebTorch.Parquet.Format;

/// <summary>The pages of one column in one row group.</summary>
/// <param name="Offset">Of its first page, the dictionary if there is one.</param>
/// <param name="Values">Levels, NULLs and empty lists included.</param>
internal sealed record ColumnChunk(long Offset, long Values, long CompressedSize, bool IsEncrypted, bool IsElsewhere)
{
    /// <summary>CompressionCodec of parquet.thrift.</summary>
    public int Codec { get; init; }

    /// <summary>Of its pages together, as they say.</summary>
    public long UncompressedSize { get; init; }

    /// <summary>Of all values of a byte array, each as often as it stands there; null where the writer did not say.
    /// </summary>
    public long? TextBytes { get; init; }
}

internal sealed record RowGroup(long FirstRow, long Rows, IReadOnlyList<ColumnChunk> Columns)
{
    public long EndRow => FirstRow + Rows;
}

/// <summary>
/// The footer of a Parquet file (parquet.thrift, FileMetaData), read by ourselves for what the library does not tell:
/// metadata as bytes, offsets of pages, annotations that it does not know.
/// </summary>
/// <param name="Bytes">The FileMetaData structure as it stands in the file.</param>
/// <param name="Metadata">Key-value metadata in order; a key may come twice.</param>
internal sealed record ParquetFooter(
    byte[] Bytes, SchemaElement Root, long Rows, IReadOnlyList<RowGroup> RowGroups,
    IReadOnlyList<KeyValuePair<byte[], byte[]>> Metadata)
{
    private const int TrailerLength = 8;

    /// <summary>In bytes. A file of 20,000 columns and 100 row groups has about 200 MB.</summary>
    private const uint LargestFooter = 256 << 20;

    /// <summary>Nodes of the schema.</summary>
    private const int MostElements = 200_000;

    /// <summary>Arrow reads no more.</summary>
    private const int MostRowGroups = 1_000_000;

    /// <summary>Column chunks of all row groups: each takes a hundred bytes here and as many again in Arrow.</summary>
    private const int MostChunks = 4_000_000;

    private const int MostMetadata = 100_000;

    /// <summary>Nobody has files of so many, and what is kept of each 64 takes a number.</summary>
    private const int MostRows = int.MaxValue;

    /// <summary>The top-level columns.</summary>
    public IReadOnlyList<SchemaElement> Columns => Root.Children;

    public IReadOnlyList<Leaf> Leaves { get; } = Leaf.Of(Root.Children);

    /// <summary>The groups that hold some of the rows from <paramref name="firstRow"/> up to the end.</summary>
    public IEnumerable<int> GroupsOf(long firstRow, long endRow) =>
        Enumerable.Range(0, RowGroups.Count)
            .Where(group => RowGroups[group].EndRow > firstRow && RowGroups[group].FirstRow < endRow);

    /// <summary>Reads the footer of a file that has been found to end as Parquet files do.</summary>
    /// <exception cref="FormatException">It is damaged; the message says how, to follow the file's name.</exception>
    public static ParquetFooter Read(string path)
    {
        using var file = File.OpenHandle(path);
        var size = RandomAccess.GetLength(file);
        var trailer = new byte[TrailerLength];
        RandomAccess.Read(file, trailer, size - TrailerLength);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (length > LargestFooter)
            throw new FormatException(
                $"its footer has {length} bytes, over the limit of {LargestFooter}");
        var bytes = new byte[length];
        RandomAccess.Read(file, bytes, size - TrailerLength - bytes.Length);
        return Parse(bytes);
    }

    /// <inheritdoc cref="Read"/>
    public static ParquetFooter Parse(byte[] bytes)
    {
        var reader = new ThriftReader(bytes);
        SchemaElement? root = null;
        var rows = 0L;
        var groups = new List<RowGroup>();
        var metadata = new List<KeyValuePair<byte[], byte[]>>();
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 2: root = ReadSchema(ref reader, type); break;
                case 3: rows = reader.Integer(type); break;
                case 4: ReadRowGroups(ref reader, type, root, groups); break;
                case 5: ReadMetadata(ref reader, type, metadata); break;
                default: reader.Skip(type); break;
            }
        }
        return root is null
            ? throw new FormatException("its footer has no schema")
            : Checked(new ParquetFooter(bytes, root, rows, groups, metadata));
    }

    private static ParquetFooter Checked(ParquetFooter footer)
    {
        if (footer.RowGroups.Any(group => group.Columns.Count != footer.Leaves.Count))
            throw Uneven();
        var rows = footer.RowGroups.Count == 0 ? 0 : footer.RowGroups[^1].EndRow;
        return rows == footer.Rows
            ? footer
            : throw new FormatException($"its footer promises {footer.Rows} rows, but its row groups hold {rows}");
    }

    private static SchemaElement ReadSchema(ref ThriftReader reader, ThriftType type)
    {
        var elements = new List<(SchemaElement, int)>();
        for (var left = Bounded(reader.Structs(type), MostElements, "columns"); left > 0; left--)
            elements.Add(SchemaReader.Read(ref reader));
        return SchemaReader.Tree(elements);
    }

    /// <param name="root">Stands before them in any footer, and says how many columns each has.</param>
    private static void ReadRowGroups(
        ref ThriftReader reader, ThriftType type, SchemaElement? root, List<RowGroup> groups)
    {
        var width = root is null ? throw new FormatException("its footer has no schema before its row groups")
            : Leaf.Of(root.Children).Count;
        var count = Bounded(reader.Structs(type), MostRowGroups, "row groups");
        Bounded((long)count * width, MostChunks, "column chunks");
        for (var left = count; left > 0; left--)
        {
            IReadOnlyList<ColumnChunk> columns = [];
            var rows = 0L;
            for (var id = 0; reader.ReadField(ref id, out var field);)
            {
                switch (id)
                {
                    case 1: columns = ReadChunks(ref reader, field, width); break;
                    case 3: rows = reader.Integer(field); break;
                    default: reader.Skip(field); break;
                }
            }
            var first = groups.Count == 0 ? 0 : groups[^1].EndRow;
            if (rows < 0)
                throw new FormatException($"a row group has {rows} rows");
            Bounded(rows, MostRows, "rows");
            Bounded(first + rows, MostRows, "rows");
            groups.Add(new RowGroup(first, rows, columns));
        }
    }

    private static ColumnChunk[] ReadChunks(ref ThriftReader reader, ThriftType type, int width)
    {
        if (reader.Structs(type) != width)
            throw Uneven();
        var chunks = new ColumnChunk[width];
        for (var i = 0; i < width; i++)
            chunks[i] = ReadChunk(ref reader);
        return chunks;
    }

    private static ColumnChunk ReadChunk(ref ThriftReader reader)
    {
        var chunk = new ColumnChunk(0, 0, 0, false, false);
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 1: chunk = chunk with { IsElsewhere = reader.Binary(type).Length > 0 }; break;
                case 3: chunk = ReadColumnMetadata(ref reader, type, chunk); break;
                case 8 or 9: chunk = chunk with { IsEncrypted = true }; reader.Skip(type); break;
                default: reader.Skip(type); break;
            }
        }
        return chunk;
    }

    private static ColumnChunk ReadColumnMetadata(ref ThriftReader reader, ThriftType struc, ColumnChunk chunk)
    {
        ThriftReader.ExpectStruct(struc);
        var (data, dictionary) = (0L, 0L);
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 4: chunk = chunk with { Codec = reader.Int32(type) }; break;
                case 5: chunk = chunk with { Values = reader.Integer(type) }; break;
                case 6: chunk = chunk with { UncompressedSize = reader.Integer(type) }; break;
                case 7: chunk = chunk with { CompressedSize = reader.Integer(type) }; break;
                case 9: data = reader.Integer(type); break;
                case 11: dictionary = reader.Integer(type); break;
                case 16: chunk = chunk with { TextBytes = ReadTextBytes(ref reader, type) }; break;
                default: reader.Skip(type); break;
            }
        }
        return chunk with { Offset = dictionary > 0 && dictionary < data ? dictionary : data };
    }

    /// <summary>Of the structure SizeStatistics.</summary>
    private static long? ReadTextBytes(ref ThriftReader reader, ThriftType struc)
    {
        ThriftReader.ExpectStruct(struc);
        long? bytes = null;
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            if (id == 1)
                bytes = reader.Integer(type);
            else
                reader.Skip(type);
        }
        return bytes;
    }

    private static void ReadMetadata(
        ref ThriftReader reader, ThriftType type, List<KeyValuePair<byte[], byte[]>> metadata)
    {
        for (var left = Bounded(reader.Structs(type), MostMetadata, "metadata entries"); left > 0; left--)
        {
            byte[] key = [], value = [];
            for (var id = 0; reader.ReadField(ref id, out var field);)
            {
                switch (id)
                {
                    case 1: key = reader.Binary(field).ToArray(); break;
                    case 2: value = reader.Binary(field).ToArray(); break;
                    default: reader.Skip(field); break;
                }
            }
            metadata.Add(new(key, value));
        }
    }

    /// <summary>Refuses what no writer makes and would take gigabytes to read.</summary>
    private static int Bounded(long count, int most, string what) => count <= most
        ? (int)count
        : throw new FormatException(string.Create(
            CultureInfo.InvariantCulture, $"its footer describes {count} {what}, over the limit of {most}"));

    private static FormatException Uneven() => new("its row groups do not have the columns of its schema");
}
