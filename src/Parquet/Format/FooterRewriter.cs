namespace FineWebTorch.Parquet.Format;

/// <summary>
/// Changes a footer that the library wrote, byte by byte. The library knows metadata as text without duplicates and
/// schemas as it reads them; a shard has both as its input has them.
/// </summary>
internal static class FooterRewriter
{
    private const int SchemaField = 2;
    private const int MetadataField = 5;

    /// <param name="footer">FileMetaData without key-value metadata.</param>
    /// <param name="originals">
    /// For each node of its schema the SchemaElement to stand there instead, or null for the one that is there; none to
    /// leave all as they are.
    /// </param>
    /// <param name="metadata">Key-value metadata to add.</param>
    /// <returns>FileMetaData.</returns>
    public static byte[] Rewrite(
        ReadOnlySpan<byte> footer, IReadOnlyList<ReadOnlyMemory<byte>?> originals,
        IReadOnlyList<KeyValuePair<byte[], byte[]>> metadata)
    {
        var output = new MemoryStream(footer.Length);
        var reader = new ThriftReader(footer);
        var (last, hasMetadata) = (0, metadata.Count == 0);
        for (var id = 0; ;)
        {
            var more = reader.ReadField(ref id, out var type);
            var begin = reader.Position;
            if (!hasMetadata && (!more || id > MetadataField))
            {
                WriteField(output, ref last, MetadataField, ThriftType.List);
                WriteMetadata(output, metadata);
                hasMetadata = true;
            }
            if (!more)
                break;
            WriteField(output, ref last, id, type);
            if (id == SchemaField && originals.Count > 0)
                WriteSchema(output, footer, Elements(ref reader, type), originals);
            else
                Copy(output, footer, ref reader, type, begin);
        }
        output.WriteByte((byte)ThriftType.Stop);
        return output.ToArray();
    }

    /// <summary>Where in a footer each node of the schema stands, in order, the root first.</summary>
    public static IReadOnlyList<Range> Elements(ReadOnlySpan<byte> footer)
    {
        var reader = new ThriftReader(footer);
        for (var id = 0; reader.ReadField(ref id, out var type);)
        {
            if (id == SchemaField)
                return Elements(ref reader, type);
            reader.Skip(type);
        }
        return [];
    }

    private static List<Range> Elements(ref ThriftReader reader, ThriftType type)
    {
        var elements = new List<Range>();
        for (var left = reader.Structs(type); left > 0; left--)
        {
            var begin = reader.Position;
            reader.Skip(ThriftType.Struct);
            elements.Add(begin..reader.Position);
        }
        return elements;
    }

    private static void Copy(
        MemoryStream output, ReadOnlySpan<byte> footer, ref ThriftReader reader, ThriftType type, int begin)
    {
        reader.Skip(type);
        output.Write(footer[begin..reader.Position]);
    }

    private static void WriteSchema(
        MemoryStream output, ReadOnlySpan<byte> footer, List<Range> elements,
        IReadOnlyList<ReadOnlyMemory<byte>?> originals)
    {
        if (elements.Count != originals.Count)
            throw new InvalidOperationException($"{elements.Count} nodes were written, not {originals.Count}");
        WriteListHeader(output, elements.Count);
        for (var i = 0; i < elements.Count; i++)
            output.Write(originals[i] is { } original ? original.Span : footer[elements[i]]);
    }

    private static void WriteMetadata(MemoryStream output, IReadOnlyList<KeyValuePair<byte[], byte[]>> metadata)
    {
        WriteListHeader(output, metadata.Count);
        foreach (var (key, value) in metadata)
        {
            var last = 0;
            WriteField(output, ref last, 1, ThriftType.Binary);
            WriteBinary(output, key);
            WriteField(output, ref last, 2, ThriftType.Binary);
            WriteBinary(output, value);
            output.WriteByte((byte)ThriftType.Stop);
        }
    }

    // Ids of FileMetaData are small and ascend, so the short form always does.
    private static void WriteField(MemoryStream output, ref int last, int id, ThriftType type)
    {
        output.WriteByte(checked((byte)(((id - last) << 4) | (int)type)));
        last = id;
    }

    private static void WriteListHeader(MemoryStream output, int count)
    {
        output.WriteByte((byte)((Math.Min(count, 15) << 4) | (int)ThriftType.Struct));
        if (count >= 15)
            WriteVarint(output, (uint)count);
    }

    private static void WriteBinary(MemoryStream output, byte[] value)
    {
        WriteVarint(output, (uint)value.Length);
        output.Write(value);
    }

    private static void WriteVarint(MemoryStream output, uint value)
    {
        for (; value > 0x7f; value >>= 7)
            output.WriteByte((byte)(value | 0x80));
        output.WriteByte((byte)value);
    }
}
