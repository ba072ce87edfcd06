using System.Globalization;

namespace FineWebTorch.Parquet;

/// <summary>Refuses columns that cannot play their part.</summary>
internal static class ColumnChecks
{
    private static readonly HashSet<string> IdTypes =
    [
        "VARCHAR", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UUID",
    ];

    /// <exception cref="ParquetFileException">There is no such column, or it is not text.</exception>
    public static ParquetColumn RequireText(ParquetFileInfo file, string name)
    {
        var column = Require(file, name, "text");
        if (column.IsText)
            return column;
        var binary = column.EngineType == "BLOB" ? " without a string annotation" : "";
        throw Wrong(file, name, $"column '{name}' is {column.Type}{binary}, not a string column");
    }

    /// <exception cref="ParquetFileException">There is no such column, or it is neither string nor integer.</exception>
    public static ParquetColumn RequireId(ParquetFileInfo file, string name)
    {
        var column = Require(file, name, "id");
        return IdTypes.Contains(column.EngineType)
            ? column
            : throw Wrong(file, name, $"column '{name}' is {column.Type}, not a string or integer column");
    }

    /// <exception cref="ParquetFileException">There is no such column, or it is not a floating-point one.</exception>
    public static ParquetColumn RequireScore(ParquetFileInfo file, string name)
    {
        var column = Require(file, name, "score");
        return column.EngineType is "DOUBLE" or "FLOAT"
            ? column
            : throw Wrong(file, name, $"column '{name}' is {column.Type}, not a floating-point column");
    }

    /// <exception cref="ParquetFileException">A score column is there already and is not to be replaced.</exception>
    public static void RequireRoomForScores(
        ParquetFileInfo file, string textColumn, string scoreColumn, string intScoreColumn, bool replace)
    {
        if (scoreColumn.Length == 0 || intScoreColumn.Length == 0)
            throw new ArgumentException("a score column needs a name");
        if (ColumnNames.Comparer.Equals(scoreColumn, intScoreColumn))
            throw new ArgumentException($"the two score columns cannot both be named '{scoreColumn}'");
        foreach (var added in (string[])[scoreColumn, intScoreColumn])
        {
            if (ColumnNames.Comparer.Equals(added, textColumn))
                throw new ArgumentException($"the text column '{textColumn}' cannot be a score column too");
            var present = file.Columns.FirstOrDefault(column => ColumnNames.Comparer.Equals(column.Name, added));
            if (present is not null && !replace)
                throw Present(file, present.Name, added);
        }
    }

    /// <exception cref="ParquetFileException">A column's values would come out wrong.</exception>
    public static void RequireCarriable(ParquetFileInfo file)
    {
        foreach (var column in file.Columns.Where(column => HasWideDecimal(column.Type)))
        {
            throw new ParquetFileException(
                ParquetFault.Unsupported, file.Path,
                $"column '{column.Name}' is {column.Type}, and decimals of more than 38 digits cannot be carried",
                "convert it, to text for instance, or leave it out")
            {
                Column = column.Name,
            };
        }
    }

    // DuckDB reads them as doubles, and those of 21 bytes as wrong ones.
    private static bool HasWideDecimal(ArrowType type)
        => type.Name.StartsWith("decimal256(", StringComparison.Ordinal)
            && int.Parse(type.Name["decimal256(".Length..].Split(',')[0], CultureInfo.InvariantCulture) > 38
            || type.Fields.Any(field => HasWideDecimal(field.Type));

    private static ParquetFileException Present(ParquetFileInfo file, string present, string added)
    {
        var difference = present == added ? "" : $", which differs from '{added}' only by upper and lower case";
        return new ParquetFileException(
            ParquetFault.Columns, file.Path, $"it has a column '{present}' already{difference}",
            "replace it with --on-existing-score replace, or name another with --score-column or --int-score-column")
        {
            Column = present,
        };
    }

    private static ParquetColumn Require(ParquetFileInfo file, string name, string role)
        => file.Find(name) ?? throw new ParquetFileException(
            ParquetFault.Columns, file.Path, $"it has no column '{name}', only {Names(file)}",
            $"name one of these with --{role}-column")
        {
            Column = name,
        };

    private static ParquetFileException Wrong(ParquetFileInfo file, string name, string reason)
        => new(ParquetFault.Columns, file.Path, reason, "name another column, or convert it") { Column = name };

    private static string Names(ParquetFileInfo file)
    {
        const int Shown = 20;
        var names = string.Join(", ", file.Columns.Take(Shown).Select(column => $"'{column.Name}'"));
        return file.Columns.Count > Shown ? $"{names} and {file.Columns.Count - Shown} more" : names;
    }
}
