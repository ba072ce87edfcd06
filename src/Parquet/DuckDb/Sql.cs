namespace FineWebTorch.Parquet.DuckDb;

/// <summary>Pieces of statements.</summary>
internal static class Sql
{
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Text(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    public static string Blob(ReadOnlySpan<byte> bytes)
    {
        var hexadecimal = Convert.ToHexString(bytes);
        return $"from_hex('{hexadecimal}')";
    }

    /// <summary>
    /// A path of one file as a literal for a table function. Those take a path as a pattern, in which a character
    /// between brackets stands for itself.
    /// </summary>
    public static string Path(string path)
        => Text(string.Concat(path.Select(c => c is '*' or '?' or '[' ? $"[{c}]" : c.ToString())));

    /// <summary>
    /// The table of one file's columns and rows, and nothing else: a folder named <c>language=en</c> adds no column.
    /// </summary>
    public static string Read(string path) => $"read_parquet({Path(path)}, hive_partitioning=false)";
}
