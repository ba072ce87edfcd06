using System.Text;
using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Parquet;

/// <summary>A top-level column.</summary>
/// <param name="Name">As the file spells it.</param>
/// <param name="Type">The type a pyarrow user sees, say <c>timestamp[ms, tz=UTC]</c>.</param>
/// <param name="Nullable">False for a column that the file declares free of NULLs.</param>
public sealed record ParquetColumn(string Name, ArrowType Type, bool Nullable)
{
    /// <summary>Whether the column can be scored: its values are UTF-8 text.</summary>
    public bool IsText { get; init; }
}

/// <summary>What the footer of a Parquet file says.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Rows">0 or more.</param>
/// <param name="Columns">The top-level columns in file order.</param>
/// <param name="Metadata">The key-value metadata in file order; values are bytes, a key may come twice.</param>
public sealed record ParquetFileInfo(
    string Path,
    long Rows,
    IReadOnlyList<ParquetColumn> Columns,
    IReadOnlyList<KeyValuePair<string, byte[]>> Metadata)
{
    internal ParquetFooter Footer { get; init; } = null!;

    /// <summary>The column of exactly this name, or null.</summary>
    public ParquetColumn? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);

    /// <summary>Where the values of a column without nesting are; null for others.</summary>
    internal Leaf? FindLeaf(string name) =>
        Footer.Leaves.FirstOrDefault(leaf => leaf is { MaxRepetition: 0 } && leaf.Element.Name == name
            && leaf.Name == name && leaf.MaxDefinition == (leaf.Element.IsNullable ? 1 : 0));
}

/// <summary>Looks at Parquet files without reading their rows.</summary>
public static class ParquetFile
{
    /// <summary>Reads the footer and checks all that can be checked without reading pages.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ParquetFileException">The file is not Parquet, damaged or not supported.</exception>
    /// <exception cref="NotSupportedException">The library that reads Parquet cannot be loaded here.</exception>
    public static ParquetFileInfo Inspect(string path)
    {
        var fullPath = Path.GetFullPath(path);
        FileSignature.Check(fullPath);
        var footer = ReadFooter(fullPath);
        var file = new ParquetFileInfo(
            fullPath, footer.Rows, Columns(footer),
            [.. footer.Metadata.Select(entry => KeyValuePair.Create(Encoding.UTF8.GetString(entry.Key), entry.Value))])
        {
            Footer = footer,
        };
        ColumnNames.RefuseClashes(fullPath, file.Columns);
        CheckWithLibrary(file);
        return file;
    }

    private static ParquetFooter ReadFooter(string path)
    {
        try
        {
            return ParquetFooter.Read(path);
        }
        catch (FormatException exception)
        {
            throw ParquetFileException.Damaged(path, $"{exception.Message}", exception);
        }
    }

    private static ParquetColumn[] Columns(ParquetFooter footer)
    {
        var fields = footer.Columns.Select(ArrowTypes.Of).ToList();
        var restored = ArrowRestoration.Apply(fields, ArrowSchemaMessage.Of(footer.Metadata));
        return [.. restored.Zip(footer.Columns, (field, element) =>
            new ParquetColumn(field.Name, field.Type, field.Nullable)
            {
                IsText = element.IsText && !element.IsRepeated,
            })];
    }

    // What the library refuses is better known before a run begins than when it comes to this file.
    private static void CheckWithLibrary(ParquetFileInfo file)
    {
        // Outside: a library that cannot be loaded says nothing of the file.
        using var properties = ParquetLibrary.ReaderProperties();
        try
        {
            using var reader = new ParquetSharp.ParquetFileReader(file.Path, properties);
            var metadata = reader.FileMetaData;
            if (metadata.NumRows != file.Rows || metadata.NumColumns != file.Footer.Leaves.Count
                || metadata.NumRowGroups != file.Footer.RowGroups.Count)
            {
                throw ParquetFileException.Damaged(file.Path, "its footer can be read in two ways");
            }
        }
        catch (Exception exception) when (ParquetLibrary.Threw(exception))
        {
            throw ParquetLibrary.ForInput(exception, file.Path, "in its footer");
        }
    }
}
