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
}
