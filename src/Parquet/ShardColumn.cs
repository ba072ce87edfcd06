using FineWebTorch.Parquet.DuckDb;

namespace FineWebTorch.Parquet;

/// <summary>The columns of a shard: what is selected, under which name, and where it comes from.</summary>
/// <param name="Name">In the shard.</param>
/// <param name="Expression">Over the input <c>t</c> and the kept rows <c>s</c>.</param>
/// <param name="Source">The input's column; null for the two score columns.</param>
internal sealed record ShardColumn(string Name, string Expression, ParquetColumn? Source)
{
    /// <summary>Input columns in order, each score column in place of one of its name, or else at the end.</summary>
    public static IReadOnlyList<ShardColumn> For(ParquetFileInfo input, string scoreColumn, string intScoreColumn)
    {
        ShardColumn[] added =
        [
            new(scoreColumn, $"s.{KeptRows.Score}", null),
            new(intScoreColumn, $"s.{KeptRows.IntScore}", null),
        ];
        var columns = new List<ShardColumn>();
        foreach (var column in input.Columns)
        {
            var replacement = added.FirstOrDefault(a => ColumnNames.Comparer.Equals(a.Name, column.Name));
            columns.Add(replacement ?? Carry(column));
        }
        columns.AddRange(added.Except(columns));
        return columns;
    }

    public static IReadOnlyList<ShardColumn> Carried(ParquetFileInfo input) => [.. input.Columns.Select(Carry)];

    public override string ToString() => $"{Expression} AS {Sql.Name(Name)}";

    // DuckDB reads milliseconds as microseconds, but writes them as what they are.
    private static ShardColumn Carry(ParquetColumn column)
    {
        var name = $"t.{Sql.Name(column.Name)}";
        var expression = column is { Type.Name: "timestamp[ms]", EngineType: "TIMESTAMP" }
            ? name + "::TIMESTAMP_MS"
            : name;
        return new ShardColumn(column.Name, expression, column);
    }
}
