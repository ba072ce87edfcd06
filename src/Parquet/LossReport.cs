namespace FineWebTorch.Parquet;

/// <summary>Says which columns come back from DuckDB as something else.</summary>
internal static class LossReport
{
    /// <summary>One line for each carried column whose type or nullability a pyarrow user sees changed.</summary>
    public static IReadOnlyList<string> Compare(
        IReadOnlyList<ShardColumn> columns, IReadOnlyList<ParquetColumn> written)
    {
        if (!columns.Select(column => column.Name).SequenceEqual(written.Select(column => column.Name)))
            throw new InvalidOperationException("the columns written are not those asked for");
        return [.. columns.Zip(written)
            .Where(pair => pair.First.Source is { } source && IsChanged(source, pair.Second))
            .Select(pair => Line(pair.First.Source!, pair.Second))];
    }

    private static bool IsChanged(ParquetColumn before, ParquetColumn after)
        => before.Nullable != after.Nullable || !before.Type.IsEquivalentTo(after.Type);

    private static string Line(ParquetColumn before, ParquetColumn after)
        => $"column '{before.Name}' is {Describe(before)} in the input and {Describe(after)} in the shard"
            + ChangedValues(before.Type.Name, after.Type.Name);

    private static string Describe(ParquetColumn column) => $"{column.Type}{(column.Nullable ? "" : " not null")}";

    // All other changes of type keep the values.
    private static string ChangedValues(string before, string after)
        => before.Contains("[ns", StringComparison.Ordinal) && after.Contains("[us", StringComparison.Ordinal)
            ? ", nanoseconds cut off"
            : "";
}
