using System.Buffers.Binary;
using System.Text;

namespace FineWebTorch.Parquet.Schema;

/// <summary>
/// A table in a FlatBuffers buffer. Fields that are absent have their default; offsets that lead out of the
/// buffer throw <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
/// <remarks>https://flatbuffers.dev/internals/: a table begins with the distance back to its field offsets.</remarks>
internal readonly struct FlatTable(ReadOnlyMemory<byte> buffer, int position)
{
    public static FlatTable Root(ReadOnlyMemory<byte> buffer) => new(buffer, Offset(buffer.Span, 0));

    public int Int32(int field, int missing = 0)
        => Locate(field) is { } at ? BinaryPrimitives.ReadInt32LittleEndian(buffer.Span[at..]) : missing;

    public short Int16(int field, short missing = 0)
        => Locate(field) is { } at ? BinaryPrimitives.ReadInt16LittleEndian(buffer.Span[at..]) : missing;

    public byte Byte(int field) => Locate(field) is { } at ? buffer.Span[at..][0] : (byte)0;

    public string? Text(int field)
    {
        if (Locate(field) is not { } at)
            return null;
        var start = Offset(buffer.Span, at);
        var length = BinaryPrimitives.ReadInt32LittleEndian(buffer.Span[start..]);
        return Encoding.UTF8.GetString(buffer.Span.Slice(start + sizeof(int), length));
    }

    public FlatTable? Table(int field)
        => Locate(field) is { } at ? new FlatTable(buffer, Offset(buffer.Span, at)) : null;

    public IReadOnlyList<FlatTable> Tables(int field)
    {
        if (Locate(field) is not { } at)
            return [];
        var start = Offset(buffer.Span, at);
        var count = BinaryPrimitives.ReadInt32LittleEndian(buffer.Span[start..]);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)buffer.Length);
        var tables = new FlatTable[count];
        for (var i = 0; i < count; i++)
            tables[i] = new FlatTable(buffer, Offset(buffer.Span, start + (sizeof(int) * (i + 1))));
        return tables;
    }

    // Offsets count from where they stand.
    private static int Offset(ReadOnlySpan<byte> span, int at)
        => checked(at + (int)BinaryPrimitives.ReadUInt32LittleEndian(span[at..]));

    private int? Locate(int field)
    {
        var span = buffer.Span;
        var offsets = checked(position - BinaryPrimitives.ReadInt32LittleEndian(span[position..]));
        var size = BinaryPrimitives.ReadUInt16LittleEndian(span[offsets..]);
        var entry = sizeof(ushort) * (field + 2);
        if (entry >= size)
            return null;
        var offset = BinaryPrimitives.ReadUInt16LittleEndian(span[(offsets + entry)..]);
        return offset == 0 ? null : position + offset;
    }
}
