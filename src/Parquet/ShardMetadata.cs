using System.Text;
using FineWebTorch.Parquet.Format;

namespace FineWebTorch.Parquet;

/// <summary>The key-value metadata of a shard: that of its input as it is, byte for byte, and ours.</summary>
/// <param name="Entries">In the input's order, ours last.</param>
/// <param name="Warnings">Entries that were not carried and should have been, one line each.</param>
internal sealed record ShardMetadata(
    IReadOnlyList<KeyValuePair<byte[], byte[]>> Entries, IReadOnlyList<string> Warnings)
{
    /// <summary>
    /// Entries that describe the whole schema to one system: with columns they do not know of, that system would
    /// refuse the file or miss the scores. Without them it reads the Parquet schema. "pandas" is not among them: it
    /// describes columns by name and brings a pandas user's index back.
    /// </summary>
    private static readonly string[] SchemaKeys =
    [
        "org.apache.spark.sql.parquet.row.metadata",
        "parquet.avro.schema",
        "avro.schema",
        "iceberg.schema",
    ];

    public static ShardMetadata For(
        ParquetFileInfo input, ShardColumns columns, IReadOnlyDictionary<string, string> ours)
    {
        var entries = new List<KeyValuePair<byte[], byte[]>>();
        var warnings = new List<string>();
        foreach (var (bytes, value) in input.Footer.Metadata)
        {
            var key = Encoding.UTF8.GetString(bytes);
            if (ours.ContainsKey(key) || SchemaKeys.Contains(key))
                continue;
            var (carried, reason) = Carry(key, value, input, columns);
            if (carried is not null)
                entries.Add(new(bytes, carried));
            else
                warnings.Add($"metadata '{key}' is left out: {reason}");
        }
        entries.AddRange(Ours(ours));
        return new ShardMetadata(entries, warnings);
    }

    /// <summary>Entries of ours, ordered so that the bytes are always the same.</summary>
    public static IEnumerable<KeyValuePair<byte[], byte[]>> Ours(IReadOnlyDictionary<string, string> metadata) =>
        metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry =>
            KeyValuePair.Create(Encoding.UTF8.GetBytes(entry.Key), Encoding.UTF8.GetBytes(entry.Value)));

    // Entries that list the columns gain the scores.
    private static (byte[]? Value, string Reason) Carry(
        string key, byte[] value, ParquetFileInfo input, ShardColumns columns) => key switch
        {
            HuggingFaceFeatures.Key => HuggingFaceFeatures.Extend(value, input, columns),
            ArrowSchemaMessage.Key =>
                (ArrowSchema(value, input, columns), "it is not the Arrow schema of the file's columns"),
            _ => (value, ""),
        };

    private static byte[]? ArrowSchema(byte[] value, ParquetFileInfo input, ShardColumns columns)
    {
        var old = ArrowSchemaMessage.Read(value);
        if (old is null || old.Fields.Count != input.Columns.Count
            || !old.Fields.Zip(input.Footer.Columns).All(pair => IsOf(pair.First, pair.Second)))
        {
            return null;
        }
        try
        {
            return ArrowSchemaSplice.Build(old, [.. columns.Columns.Select(column =>
                (column.Source, column.Name, column.IsScore ? ArrowKind.FloatingPoint : ArrowKind.Int))]);
        }
        catch (ArgumentException)
        {
            // Damage where only the writer looks.
            return null;
        }
    }

    // Types of other kinds that do not fit are passed over by all readers; a column of nothing is not.
    private static bool IsOf(ArrowSchemaField field, SchemaElement column) =>
        field.Name == column.Name
        && (field.Kind != ArrowKind.Null || field.IsDictionary || column.Meaning == Meaning.Null);
}
