using System.Globalization;
using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Parquet;

/// <summary>Refuses columns that cannot play their part.</summary>
internal static class ColumnChecks
{
    // CompressionCodec of parquet.thrift.
    private const int LzoCodec = 3;
    private const int LastCodec = 7;

    /// <exception cref="ParquetFileException">There is no such column, or it is not text.</exception>
    public static Leaf RequireText(ParquetFileInfo file, string name)
    {
        var column = Require(file, name, "text");
        if (column.IsText && file.FindLeaf(name) is { } leaf)
            return leaf;
        var isBinary = column.Type.Name.Contains("binary", StringComparison.Ordinal);
        throw Wrong(file, name, $"column '{name}' is {column.Type}{(isBinary ? " without a string annotation" : "")}, not a string column");
    }

    /// <exception cref="ParquetFileException">There is no such column, or it is neither string nor integer.</exception>
    public static Leaf RequireId(ParquetFileInfo file, string name)
    {
        var column = Require(file, name, "id");
        return file.FindLeaf(name) is { } leaf && (column.IsText || IsInteger(leaf.Element) || IsUuid(leaf.Element))
            ? leaf
            : throw Wrong(file, name, $"column '{name}' is {column.Type}, not a string or integer column");
    }

    /// <exception cref="ParquetFileException">There is no such column, or it is not a floating-point one.</exception>
    public static Leaf RequireScore(ParquetFileInfo file, string name)
    {
        var column = Require(file, name, "score");
        return file.FindLeaf(name) is { Element.Storage: StorageType.Double or StorageType.Float } leaf
            ? leaf
            : throw Wrong(file, name, $"column '{name}' is {column.Type}, not a floating-point column");
    }

    /// <summary>Refuses what makes a column's pages unreadable and the footer tells, in any row group.</summary>
    /// <inheritdoc cref="RequireReadable(ParquetFileInfo, Leaf, ColumnChunk)"/>
    public static void RequireReadable(ParquetFileInfo file)
    {
        foreach (var group in file.Footer.RowGroups)
        {
            foreach (var leaf in file.Footer.Leaves)
                RequireReadable(file, leaf, group.Columns[leaf.Index]);
        }
    }

    /// <exception cref="ParquetFileException">
    /// The pages are encrypted, in another file or of a codec that the library lacks.
    /// </exception>
    public static void RequireReadable(ParquetFileInfo file, Leaf leaf, ColumnChunk chunk)
    {
        if (chunk.IsEncrypted)
            throw ParquetFileException.Encrypted(file.Path, $"its column '{leaf.Name}' is encrypted", leaf.Name);
        if (chunk.IsElsewhere)
            throw Unreadable("is in another file", "write both as one file");
        if (chunk.Codec == LzoCodec)
            throw Unreadable("is compressed with LZO, which is not supported", "write it again with zstd");
        if (chunk.Codec is < 0 or > LastCodec)
        {
            throw Unreadable(
                string.Create(CultureInfo.InvariantCulture, $"has the unknown codec {chunk.Codec}"),
                "write it again with zstd");
        }

        ParquetFileException Unreadable(string reason, string remedy) =>
            new(ParquetFault.Unsupported, file.Path, $"its column '{leaf.Name}' {reason}", remedy)
            {
                Column = leaf.Name,
            };
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

    private static ParquetColumn Require(ParquetFileInfo file, string name, string role) =>
        file.Find(name) ?? throw new ParquetFileException(
            ParquetFault.Columns, file.Path, $"it has no column '{name}', only {Names(file)}",
            $"name one of these with --{role}-column")
        {
            Column = name,
        };

    private static bool IsInteger(SchemaElement element) =>
        element is { Storage: StorageType.Int32 or StorageType.Int64, Meaning: Meaning.None or Meaning.Integer };

    private static bool IsUuid(SchemaElement element) =>
        element is { Storage: StorageType.FixedLenByteArray, Meaning: Meaning.Uuid, Length: 16 };

    private static ParquetFileException Wrong(ParquetFileInfo file, string name, string reason) =>
        new(ParquetFault.Columns, file.Path, reason, "name another column, or convert it") { Column = name };

    private static string Names(ParquetFileInfo file)
    {
        const int Shown = 20;
        var names = string.Join(", ", file.Columns.Take(Shown).Select(column => $"'{column.Name}'"));
        return file.Columns.Count > Shown ? $"{names} and {file.Columns.Count - Shown} more" : names;
    }
}
