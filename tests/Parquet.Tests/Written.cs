using ParquetSharp;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Files as a common writer makes them.</summary>
internal static class Written
{
    /// <summary>Columns of texts, NULLs among them, in row groups of the same size.</summary>
    public static string Texts(
        TemporaryFolder folder, int rowsPerGroup, IReadOnlyList<(string Name, string?[] Values)> columns,
        WriterPropertiesBuilder? builder = null, string name = "written.parquet")
    {
        var path = folder.File(name);
        using var properties = (builder ?? new WriterPropertiesBuilder().Compression(Compression.Zstd)).Build();
        using var writer = new ParquetFileWriter(
            path, [.. columns.Select(column => new Column<string>(column.Name))], properties);
        for (var first = 0; first < columns[0].Values.Length; first += rowsPerGroup)
        {
            using var group = writer.AppendRowGroup();
            foreach (var (_, values) in columns)
            {
                using var column = group.NextColumn().LogicalWriter<string?>();
                column.WriteBatch(values.AsSpan(first, Math.Min(rowsPerGroup, values.Length - first)));
            }
        }
        writer.Close();
        return path;
    }

    /// <summary>A column "text" in one row group, every row of the same long text.</summary>
    public static unsafe string LongTexts(TemporaryFolder folder, int rows, int length, WriterPropertiesBuilder builder)
    {
        const int BatchRows = 8;
        var path = folder.File("long.parquet");
        var text = new byte[length];
        text.AsSpan().Fill((byte)'a');
        using var properties = builder.Build();
        using var writer = new ParquetFileWriter(path, [new Column<string>("text")], properties);
        using (var group = writer.AppendRowGroup())
        using (var column = (ColumnWriter<ByteArray>)group.NextColumn())
        {
            fixed (byte* bytes = text)
            {
                var value = new ByteArray((nint)bytes, length);
                for (var left = rows; left > 0; left -= BatchRows)
                {
                    var count = Math.Min(left, BatchRows);
                    column.WriteBatch(
                        count, [.. Enumerable.Repeat((short)1, count)], default, [.. Enumerable.Repeat(value, count)]);
                }
            }
        }
        writer.Close();
        return path;
    }
}
