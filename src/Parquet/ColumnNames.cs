namespace FineWebTorch.Parquet;

/// <summary>
/// Column names as the tools that will read a shard tell them apart: many hold upper and lower case of ASCII letters
/// for the same, so names that differ in nothing else are refused.
/// </summary>
internal sealed class ColumnNames : IEqualityComparer<string>
{
    public static ColumnNames Comparer { get; } = new();

    public bool Equals(string? x, string? y) => x is not null && y is not null && Lower(x) == Lower(y);

    public int GetHashCode(string obj) => Lower(obj).GetHashCode(StringComparison.Ordinal);

    /// <exception cref="ParquetFileException">Two columns cannot be told apart, or one has no name.</exception>
    public static void RefuseClashes(string path, IReadOnlyList<ParquetColumn> columns)
    {
        if (columns.Count == 0)
        {
            throw new ParquetFileException(
                ParquetFault.Columns, path, "it has no columns", "give a file with a text column");
        }
        var seen = new Dictionary<string, string>(Comparer);
        foreach (var name in columns.Select(column => column.Name))
        {
            if (name.Length == 0 || name.Contains('\0'))
                throw Clash(path, name, "a column has no usable name");
            if (!seen.TryAdd(name, name))
            {
                var difference = seen[name] == name
                    ? $"two columns are named '{name}'"
                    : $"columns '{seen[name]}' and '{name}' differ only by upper and lower case";
                throw Clash(path, name, difference);
            }
        }
    }

    private static ParquetFileException Clash(string path, string column, string reason) =>
        new(ParquetFault.Columns, path, reason, "rename one of its columns") { Column = column };

    private static string Lower(string name) =>
        string.Create(name.Length, name, static (lower, name) =>
        {
            for (var i = 0; i < lower.Length; i++)
                lower[i] = char.IsAsciiLetterUpper(name[i]) ? (char)(name[i] | 0x20) : name[i];
        });
}
