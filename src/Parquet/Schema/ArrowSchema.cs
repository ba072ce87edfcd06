namespace FineWebTorch.Parquet.Schema;

/// <summary>The Arrow schema that Arrow's writers leave in the key-value metadata.</summary>
internal static class ArrowSchema
{
    public const string Key = "ARROW:schema";

    public static IReadOnlyList<ArrowField> Apply(
        IEnumerable<ArrowField> fields, IReadOnlyList<KeyValuePair<string, byte[]>> metadata)
    {
        _ = metadata;
        return [.. fields];
    }
}
