using System.Buffers.Binary;
using Google.FlatBuffers;

namespace FineWebTorch.Parquet.Format;

/// <summary>The kinds of type in an Arrow schema (Schema.fbs, union Type), those that matter here.</summary>
internal enum ArrowKind : byte
{
    Null = 1,
    Int = 2,
    FloatingPoint = 3,
    Decimal = 7,
    Timestamp = 10,
    List = 12,
    Struct = 13,
    FixedSizeList = 16,
    Map = 17,
    Duration = 18,
    LargeBinary = 19,
    LargeUtf8 = 20,
    LargeList = 21,
    BinaryView = 23,
    Utf8View = 24,
    ListView = 25,
    LargeListView = 26,
}

/// <summary>A field of the Arrow schema in the metadata: what the Parquet schema alone does not tell.</summary>
/// <param name="Position">Of its table in the message.</param>
internal sealed record ArrowSchemaField(
    string? Name, ArrowKind Kind, IReadOnlyList<ArrowSchemaField> Children, int Position)
{
    /// <summary>Deeper than any real schema.</summary>
    private const int MaximumDepth = 100;

    public string? TimeZone { get; init; }

    /// <summary>Of a duration.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Of a fixed-size list.</summary>
    public int ListSize { get; init; }

    /// <summary>Bits of a decimal.</summary>
    public int BitWidth { get; init; }

    public bool IsDictionary { get; init; }

    public bool IsOrdered { get; init; }

    /// <summary>Name of an extension type.</summary>
    public string? Extension { get; init; }

    /// <summary>Reads a Field table of Schema.fbs and those below it.</summary>
    /// <param name="budget">How many more tables there may be: damage can make few bytes look like very many.</param>
    public static ArrowSchemaField Read(FlatTable field, ref int budget, int depth = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MaximumDepth);
        ArgumentOutOfRangeException.ThrowIfNegative(--budget);
        var kind = (ArrowKind)field.Byte(2);
        var type = field.Table(3);
        var dictionary = field.Table(4);
        var children = new List<ArrowSchemaField>();
        foreach (var child in field.Tables(5))
            children.Add(Read(child, ref budget, depth + 1));
        return new ArrowSchemaField(field.Text(0), kind, children, field.Position)
        {
            TimeZone = kind == ArrowKind.Timestamp ? type?.Text(1) : null,
            Unit = kind == ArrowKind.Duration ? Units(type?.Int16(0, missing: 1) ?? 1) : "",
            ListSize = kind == ArrowKind.FixedSizeList ? type?.Int32(0) ?? 0 : 0,
            BitWidth = kind == ArrowKind.Decimal ? type?.Int32(2, missing: 128) ?? 128 : 0,
            IsDictionary = dictionary is not null,
            IsOrdered = dictionary?.Byte(2) == 1,
            Extension = field.Tables(6)
                .Where(entry => entry.Text(0) == "ARROW:extension:name")
                .Select(entry => entry.Text(1))
                .FirstOrDefault(),
        };
    }

    private static string Units(short unit) => unit switch { 0 => "s", 1 => "ms", 2 => "us", _ => "ns" };
}

/// <summary>
/// A table of a FlatBuffers message whose classes were not generated: fields by number. Fields that are absent have
/// their default; offsets that lead out of the buffer throw <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
/// <param name="allowance">Of all tables of the message together.</param>
internal readonly struct FlatTable(ByteBuffer buffer, int position, FlatAllowance allowance)
{
    private readonly Table _table = new(position, buffer);

    public int Position => _table.bb_pos;

    public static FlatTable Root(ByteBuffer buffer) =>
        new(buffer, buffer.GetInt(0), new FlatAllowance(16L * (buffer.Length + 256)));

    public byte Byte(int field) => Locate(field) is { } at ? _table.bb.Get(at) : (byte)0;

    public short Int16(int field, short missing = 0) => Locate(field) is { } at ? _table.bb.GetShort(at) : missing;

    public int Int32(int field, int missing = 0) => Locate(field) is { } at ? _table.bb.GetInt(at) : missing;

    public string? Text(int field)
    {
        if (Locate(field) is not { } at)
            return null;
        allowance.Spend(_table.bb.GetInt(_table.__indirect(at)));
        return _table.__string(at);
    }

    public FlatTable? Table(int field) =>
        Locate(field) is { } at ? new FlatTable(_table.bb, _table.__indirect(at), allowance) : null;

    public IReadOnlyList<FlatTable> Tables(int field)
    {
        if (Locate(field) is not { } at)
            return [];
        var start = _table.__indirect(at);
        var count = _table.bb.GetInt(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)_table.bb.Length / sizeof(int));
        allowance.Spend(count);
        var tables = new FlatTable[count];
        for (var i = 0; i < count; i++)
            tables[i] = new FlatTable(_table.bb, _table.__indirect(start + (sizeof(int) * (i + 1))), allowance);
        return tables;
    }

    /// <summary>Where a vector begins, or null where there is none.</summary>
    public int? Vector(int field) => Locate(field) is { } at ? _table.__indirect(at) : null;

    private int? Locate(int field) =>
        _table.__offset(4 + (2 * field)) is not 0 and var offset ? _table.bb_pos + offset : null;
}

/// <summary>
/// How much may be read of a message. Offsets may all lead to the same place, so that few bytes look like very many; a
/// message that is read once or twice does not need more than a few times its length.
/// </summary>
internal sealed class FlatAllowance(long left)
{
    /// <exception cref="ArgumentOutOfRangeException">More would be read than the message can honestly hold.</exception>
    public void Spend(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        left -= count + 1L;
        ArgumentOutOfRangeException.ThrowIfNegative(left);
    }
}

/// <summary>The Arrow schema that Arrow's writers leave in the key-value metadata: an IPC message in base64.</summary>
/// <param name="Message">The FlatBuffers message without its length.</param>
/// <param name="Header">Message: its root table.</param>
/// <param name="Schema">Schema: what the message holds.</param>
internal sealed record ArrowSchemaMessage(
    byte[] Message, FlatTable Header, FlatTable Schema, IReadOnlyList<ArrowSchemaField> Fields)
{
    public const string Key = "ARROW:schema";

    private static ReadOnlySpan<byte> KeyBytes => "ARROW:schema"u8;

    public const byte SchemaHeader = 1;

    public const uint Continuation = 0xFFFFFFFF;

    private const int MostFields = 1 << 20;

    /// <summary>That of a file; null where it has none or it cannot be read.</summary>
    public static ArrowSchemaMessage? Of(IReadOnlyList<KeyValuePair<byte[], byte[]>> metadata)
    {
        var value = metadata.FirstOrDefault(entry => entry.Key.AsSpan().SequenceEqual(KeyBytes)).Value;
        return value is null ? null : Read(value);
    }

    /// <returns>Null where it cannot be read.</returns>
    public static ArrowSchemaMessage? Read(byte[] base64)
    {
        try
        {
            var bytes = Convert.FromBase64String(System.Text.Encoding.ASCII.GetString(base64));
            var start = BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Continuation ? 8 : 4;
            var message = bytes[start..];
            var header = FlatTable.Root(new ByteBuffer(message));
            if (header.Byte(1) != SchemaHeader || header.Table(2) is not { } schema)
                return null;
            var budget = MostFields;
            var fields = new List<ArrowSchemaField>();
            foreach (var field in schema.Tables(1))
                fields.Add(ArrowSchemaField.Read(field, ref budget));
            return new ArrowSchemaMessage(message, header, schema, fields);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException
            or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
