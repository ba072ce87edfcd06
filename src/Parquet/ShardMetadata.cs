using System.Text;

namespace FineWebTorch.Parquet;

/// <summary>The key-value metadata of a shard.</summary>
/// <param name="Entries">In the input's order, ours last.</param>
/// <param name="Warnings">Entries that were not carried and should have been, one line each.</param>
internal sealed record ShardMetadata(
    IReadOnlyList<KeyValuePair<string, byte[]>> Entries, IReadOnlyList<string> Warnings)
{
    /// <summary>
    /// Entries that describe the whole schema to one system: with columns they do not know of, that system would
    /// refuse the file or miss the scores. Without them it reads the Parquet schema. "pandas" is not among them: it
    /// describes columns by name and brings a pandas user's index back.
    /// </summary>
    private static readonly string[] SchemaKeys =
    [
        Schema.ArrowSchema.Key,
        "org.apache.spark.sql.parquet.row.metadata",
        "parquet.avro.schema",
        "avro.schema",
        "iceberg.schema",
    ];

    public static ShardMetadata For(ParquetFileInfo input, ShardRequest request)
    {
        var entries = new List<KeyValuePair<string, byte[]>>();
        var warnings = new List<string>();
        // DuckDB takes the entries as the fields of a struct, whose names it tells apart without regard to case.
        var taken = new HashSet<string>(request.Metadata.Keys, ColumnNames.Comparer);
        foreach (var (key, value) in input.Metadata.Where(entry => !SchemaKeys.Contains(entry.Key)))
        {
            if (request.Metadata.ContainsKey(key))
                continue;
            var (carried, reason) = Carry(key, value, request);
            if (carried is null)
                warnings.Add($"metadata '{key}' is left out: {reason}");
            else if (taken.Add(key))
                entries.Add(new(key, carried));
            else
                warnings.Add($"metadata '{key}' is left out: another entry has that name, in any case");
        }
        entries.AddRange(request.Metadata
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(entry.Key, Encoding.UTF8.GetBytes(entry.Value))));
        return new ShardMetadata(entries, warnings);
    }

    private static (byte[]? Value, string Reason) Carry(string key, byte[] value, ShardRequest request)
    {
        if (key.Length == 0 || key.Contains('\0') || key.Contains('\uFFFD'))
            return (null, "its name cannot be written");
        if (key != HuggingFaceFeatures.Key)
            return (value, "");
        var extended = HuggingFaceFeatures.Extend(value, request.ScoreColumn, request.IntScoreColumn);
        return (extended, "it is not the JSON of Hugging Face datasets");
    }
}
