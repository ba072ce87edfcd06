using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Parquet;

/// <summary>
/// What the rows of a file take in memory as an Arrow table, as pyarrow's <c>Table.nbytes</c> has it: values, and
/// offsets of texts and lists. Bits for NULLs are left out.
/// </summary>
internal static class ArrowSize
{
    private const int OffsetBytes = 4;

    public static long Of(ParquetFooter footer) => footer.RowGroups.Sum(group =>
        footer.Leaves.Zip(group.Columns, (leaf, chunk) => Of(leaf, chunk, group.Rows)).Sum());

    private static long Of(Leaf leaf, ColumnChunk chunk, long rows)
    {
        var lists = leaf.MaxRepetition * OffsetBytes * (rows + 1);
        return lists + (leaf.Element.Storage switch
        {
            StorageType.Boolean => (chunk.Values + 7) / 8,
            StorageType.ByteArray => (chunk.TextBytes ?? chunk.UncompressedSize) + (OffsetBytes * (chunk.Values + 1)),
            _ => WidthOf(leaf.Element) * chunk.Values,
        });
    }

    private static int WidthOf(SchemaElement element) => element switch
    {
        { Meaning: Meaning.Decimal } => 16,
        { Storage: StorageType.FixedLenByteArray } => element.Length,
        { Meaning: Meaning.Integer, BitWidth: 8 or 16 } => element.BitWidth / 8,
        { Storage: StorageType.Int32 or StorageType.Float } => 4,
        _ => 8,
    };
}
