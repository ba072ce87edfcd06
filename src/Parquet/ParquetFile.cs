using FineWebTorch.Parquet.DuckDb;
using FineWebTorch.Parquet.Schema;

namespace FineWebTorch.Parquet;

/// <summary>Looks at Parquet files without reading their rows.</summary>
public static class ParquetFile
{
    /// <summary>Footers are small; a damaged one may claim otherwise.</summary>
    private const int MemoryLimitMegabytes = 512;

    /// <summary>Reads the footer and checks all that can be checked without reading pages.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ParquetFileException">The file is not Parquet, damaged or not supported.</exception>
    /// <exception cref="NotSupportedException">DuckDB's library is missing or of another version.</exception>
    public static ParquetFileInfo Inspect(string path)
    {
        var fullPath = Path.GetFullPath(path);
        FileSignature.Check(fullPath);
        using var session = Session.Open(MemoryLimitMegabytes);
        return Inspect(session, fullPath);
    }

    internal static ParquetFileInfo Inspect(Session session, string fullPath)
    {
        FileSignature.Check(fullPath);
        try
        {
            var rows = session.Execute($"SELECT num_rows FROM parquet_file_metadata({Sql.Path(fullPath)})");
            var metadata = ReadMetadata(session, fullPath);
            var columns = ReadColumns(session, fullPath, metadata);
            ColumnNames.RefuseClashes(fullPath, columns);
            return new ParquetFileInfo(fullPath, rows, columns, metadata);
        }
        catch (DuckDbException exception)
        {
            throw EngineErrors.ForInput(exception, fullPath, "in its footer");
        }
    }

    private static List<KeyValuePair<string, byte[]>> ReadMetadata(Session session, string path)
    {
        var metadata = new List<KeyValuePair<string, byte[]>>();
        using var query = session.Start($"SELECT key, value FROM parquet_kv_metadata({Sql.Path(path)})");
        while (query.Next(CancellationToken.None))
        {
            for (var row = 0; row < query.Count; row++)
            {
                var key = System.Text.Encoding.UTF8.GetString(query.Column(0).Bytes(row));
                metadata.Add(new(key, query.Column(1).Bytes(row).ToArray()));
            }
        }
        return metadata;
    }

    private static List<ParquetColumn> ReadColumns(
        Session session, string path, IReadOnlyList<KeyValuePair<string, byte[]>> metadata)
    {
        var fields = ArrowSchema.Apply(SchemaReader.Read(session, path).Select(ArrowTypes.Of), metadata);
        var engineTypes = new List<string>();
        using var query = session.Start($"SELECT column_type FROM (DESCRIBE SELECT * FROM {Sql.Read(path)})");
        while (query.Next(CancellationToken.None))
        {
            for (var row = 0; row < query.Count; row++)
                engineTypes.Add(query.Column(0).Text(row) ?? "");
        }
        if (engineTypes.Count != fields.Count)
            throw new DuckDbException(ErrorType.InvalidInput, "its schema and its columns do not agree");
        return [.. fields.Zip(engineTypes, (field, engineType)
            => new ParquetColumn(field.Name, field.Type, field.Nullable, engineType))];
    }
}
