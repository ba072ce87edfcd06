using ParquetSharp;

namespace FineWebTorch.Coordinator.Tests;

/// <summary>Small Parquet files with other columns than the sample's.</summary>
internal static class SmallFiles
{
    /// <summary>As of <c>columns-differ</c>: the type of "n" is another, and one has a column that the other lacks.
    /// </summary>
    public static void WriteDiffering(string a, string b)
    {
        Write(a, [Text("text"), Text("url"), ("n", new long[] { 1, 2 })]);
        Write(b, [Text("text"), Text("url"), Text("n"), Text("lang")]);
    }

    /// <param name="columns">Names and an array of their two values each.</param>
    /// <param name="huggingFace">The metadata entry, or null.</param>
    public static void Write(string path, (string Name, Array Values)[] columns, string? huggingFace = null)
    {
        var metadata = huggingFace is null ? null : new Dictionary<string, string> { ["huggingface"] = huggingFace };
        Column[] schema = [.. columns.Select(
            column => new Column(column.Values.GetType().GetElementType()!, column.Name))];
        using var writer = new ParquetFileWriter(path, schema, keyValueMetadata: metadata);
        using (var group = writer.AppendRowGroup())
        {
            foreach (var (_, values) in columns)
            {
                if (values is string[] texts)
                    Append(group, texts);
                else
                    Append(group, (long[])values);
            }
        }

        writer.Close();
    }

    public static (string Name, Array Values) Text(string name) =>
        (name, new[] { $"The {name} of one.", $"The {name} of another." });

    private static void Append<T>(RowGroupWriter group, T[] values)
    {
        using var column = group.NextColumn().LogicalWriter<T>();
        column.WriteBatch(values);
    }
}
