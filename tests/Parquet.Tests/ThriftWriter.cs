using System.Text;

namespace FineWebTorch.Parquet.Tests;

/// <summary>Thrift's compact protocol, as far as Parquet footers need it.</summary>
internal sealed class ThriftWriter
{
    private const int Boolean = 1;
    private const int ByteType = 3;
    private const int Int32Type = 5;
    private const int Int64Type = 6;
    private const int BinaryType = 8;
    private const int ListType = 9;
    private const int StructType = 12;

    private readonly List<byte> _bytes = [];
    private int _lastField;

    public static byte[] Struct(Action<ThriftWriter> write)
    {
        var writer = new ThriftWriter();
        writer.Fields(write);
        return writer._bytes.ToArray();
    }

    public void True(int field) => Header(field, Boolean);

    public void False(int field) => Header(field, Boolean + 1);

    public void Byte(int field, sbyte value)
    {
        Header(field, ByteType);
        _bytes.Add((byte)value);
    }

    public void Int32(int field, int? value)
    {
        if (value is not { } number)
            return;
        Header(field, Int32Type);
        ZigZag(number);
    }

    public void Int64(int field, long value)
    {
        Header(field, Int64Type);
        ZigZag(value);
    }

    public void Binary(int field, byte[] value)
    {
        Header(field, BinaryType);
        Binary(value);
    }

    public void Struct(int field, Action<ThriftWriter>? write)
    {
        if (write is null)
            return;
        Header(field, StructType);
        Fields(write);
    }

    public void Structs<T>(int field, IReadOnlyCollection<T> items, Action<ThriftWriter, T> write)
    {
        List(field, StructType, items.Count);
        foreach (var item in items)
            Fields(writer => write(writer, item));
    }

    public void Texts(int field, params string[] items)
    {
        List(field, BinaryType, items.Length);
        foreach (var item in items)
            Binary(Encoding.UTF8.GetBytes(item));
    }

    public void Int32s(int field, params int[] items)
    {
        List(field, Int32Type, items.Length);
        foreach (var item in items)
            ZigZag(item);
    }

    private void Fields(Action<ThriftWriter> write)
    {
        var outer = _lastField;
        _lastField = 0;
        write(this);
        _bytes.Add(0);
        _lastField = outer;
    }

    private void Header(int field, int type)
    {
        _bytes.Add((byte)(((field - _lastField) << 4) | type));
        _lastField = field;
    }

    private void List(int field, int type, int count)
    {
        const int LongList = 15;
        Header(field, ListType);
        _bytes.Add((byte)((Math.Min(count, LongList) << 4) | type));
        if (count >= LongList)
            Varint((ulong)count);
    }

    private void Binary(byte[] value)
    {
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
    }

    private void ZigZag(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    private void Varint(ulong value)
    {
        for (; value > 0x7f; value >>= 7)
            _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
