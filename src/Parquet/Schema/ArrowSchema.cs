using System.Buffers.Binary;
using System.Text;

namespace FineWebTorch.Parquet.Schema;

/// <summary>
/// The Arrow schema that Arrow's writers leave in the key-value metadata: an encapsulated IPC message in base64.
/// Arrow's C++ reader restores types from it by these rules (parquet/arrow/schema.cc, ApplyOriginalMetadata).
/// </summary>
internal static class ArrowSchema
{
    public const string Key = "ARROW:schema";

    private const byte SchemaMessage = 1;
    private const uint Continuation = 0xFFFFFFFF;

    /// <summary>The columns with what the metadata adds to their types; nothing where it cannot be read.</summary>
    public static IReadOnlyList<ArrowField> Apply(
        IEnumerable<ArrowField> fields, IReadOnlyList<KeyValuePair<string, byte[]>> metadata)
    {
        var columns = fields.ToList();
        var value = metadata.FirstOrDefault(entry => entry.Key == Key).Value;
        if (value is null || Read(value) is not { } origins || origins.Count != columns.Count)
            return columns;
        return [.. columns.Zip(origins, Restore)];
    }

    private static List<ArrowSchemaField>? Read(byte[] value)
    {
        try
        {
            ReadOnlyMemory<byte> message = Convert.FromBase64String(Encoding.ASCII.GetString(value));
            if (BinaryPrimitives.ReadUInt32LittleEndian(message.Span) == Continuation)
                message = message[sizeof(uint)..];
            var root = FlatTable.Root(message[sizeof(int)..]);
            return root.Byte(1) == SchemaMessage && root.Table(2) is { } schema
                ? [.. schema.Tables(1).Select(field => ArrowSchemaField.Read(field))]
                : null;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException
            or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static ArrowField Restore(ArrowField field, ArrowSchemaField origin)
        => field with { Type = Restore(field.Type, origin) };

    private static ArrowType Restore(ArrowType type, ArrowSchemaField origin)
    {
        if (origin.Extension is { } extension)
            return new ArrowType($"extension<{extension}>");
        if (type.Fields.Count > 0)
            return RestoreNested(type, origin);
        if (origin.IsDictionary && type.Name is ("string" or "binary"))
        {
            return new ArrowType(
                $"dictionary<values={type.Name}, indices=int32, ordered={(origin.IsOrdered ? 1 : 0)}>");
        }
        return new ArrowType(RestoreLeaf(type.Name, origin));
    }

    private static string RestoreLeaf(string name, ArrowSchemaField origin) => (origin.Kind, name) switch
    {
        (ArrowKind.Timestamp, _) when !string.IsNullOrEmpty(origin.TimeZone)
            => name.Replace("tz=UTC", $"tz={origin.TimeZone}", StringComparison.Ordinal),
        (ArrowKind.Duration, "int64") => $"duration[{origin.Unit}]",
        (ArrowKind.LargeUtf8, "string") => "large_string",
        (ArrowKind.Utf8View, "string") => "string_view",
        (ArrowKind.LargeBinary, "binary") => "large_binary",
        (ArrowKind.BinaryView, "binary") => "binary_view",
        (ArrowKind.Decimal, _) when origin.BitWidth == 256
            => name.Replace("decimal128", "decimal256", StringComparison.Ordinal),
        _ => name,
    };

    private static ArrowType RestoreNested(ArrowType type, ArrowSchemaField origin)
    {
        // A map's one child in Arrow is the struct of its keys and values.
        var children = origin is { Kind: ArrowKind.Map, Children: [var entries] } ? entries.Children : origin.Children;
        if (children.Count != type.Fields.Count || !Fits(type.Name, origin.Kind))
            return type;
        return new ArrowType(ListName(type.Name, origin.Kind), [.. type.Fields.Zip(children, Restore)])
        {
            ListSize = origin.ListSize,
        };
    }

    private static bool Fits(string name, ArrowKind kind) => name switch
    {
        ArrowType.Struct => kind == ArrowKind.Struct,
        ArrowType.Map => kind == ArrowKind.Map,
        _ => kind is ArrowKind.List or ArrowKind.LargeList or ArrowKind.FixedSizeList
            or ArrowKind.ListView or ArrowKind.LargeListView,
    };

    private static string ListName(string name, ArrowKind kind) => kind switch
    {
        ArrowKind.LargeList => ArrowType.LargeList,
        ArrowKind.FixedSizeList => ArrowType.FixedSizeList,
        ArrowKind.ListView => ArrowType.ListView,
        ArrowKind.LargeListView => ArrowType.LargeListView,
        _ => name,
    };
}
