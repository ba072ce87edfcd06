namespace FineWebTorch.Parquet.Format;

/// <summary>The types of fields in Thrift's compact protocol.</summary>
internal enum ThriftType : byte
{
    Stop = 0,
    True = 1,
    False = 2,
    Byte = 3,
    Int16 = 4,
    Int32 = 5,
    Int64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
    Uuid = 13,
}

/// <summary>
/// Reads Thrift's compact protocol, in which Parquet's footer and page headers are written. Whatever is damaged
/// throws <see cref="FormatException"/>; nothing is allocated for what is not there.
/// </summary>
/// <remarks>https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md</remarks>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Deeper than any real structure.</summary>
    private const int MaximumDepth = 64;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Goes to the next field of a struct.</summary>
    /// <param name="id">The id of the field before, 0 at the beginning; then that of this field.</param>
    /// <returns>False at the struct's end.</returns>
    public bool ReadField(ref int id, out ThriftType type)
    {
        var header = Byte();
        type = (ThriftType)(header & 0x0f);
        if (type == ThriftType.Stop)
            return false;
        id = header >> 4 is > 0 and var delta ? id + delta : (short)ZigZag();
        return true;
    }

    public long Integer(ThriftType type)
    {
        if (type == ThriftType.Byte)
            return (sbyte)Byte();
        Expect(type is ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64);
        return ZigZag();
    }

    public int Int32(ThriftType type)
    {
        var value = Integer(type);
        Expect(value is >= int.MinValue and <= int.MaxValue);
        return (int)value;
    }

    public static bool Bool(ThriftType type)
    {
        Expect(type is ThriftType.True or ThriftType.False);
        return type == ThriftType.True;
    }

    public ReadOnlySpan<byte> Binary(ThriftType type)
    {
        Expect(type == ThriftType.Binary);
        return Take(Varint());
    }

    /// <returns>How many elements follow; never more than there are bytes.</returns>
    public int List(ThriftType type, out ThriftType element)
    {
        Expect(type is ThriftType.List or ThriftType.Set);
        var header = Byte();
        element = (ThriftType)(header & 0x0f);
        var count = header >> 4 is < 15 and var small ? (ulong)small : Varint();
        Expect(count <= (ulong)(_bytes.Length - Position));
        return (int)count;
    }

    /// <summary>As <see cref="List"/>, of structs.</summary>
    public int Structs(ThriftType type)
    {
        var count = List(type, out var element);
        Expect(element == ThriftType.Struct || count == 0);
        return count;
    }

    public static void ExpectStruct(ThriftType type) => Expect(type == ThriftType.Struct);

    /// <summary>Passes over a field's value.</summary>
    public void Skip(ThriftType type) => Skip(type, isElement: false, depth: 0);

    // A Boolean field is its own value; in a list it takes a byte.
    private void Skip(ThriftType type, bool isElement, int depth)
    {
        Expect(depth < MaximumDepth);
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                Take(isElement ? 1u : 0u);
                break;
            case ThriftType.Byte:
                Take(1);
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                Varint();
                break;
            case ThriftType.Double:
                Take(sizeof(double));
                break;
            case ThriftType.Uuid:
                Take(16);
                break;
            case ThriftType.Binary:
                Take(Varint());
                break;
            case ThriftType.List or ThriftType.Set:
                for (var left = List(type, out var element); left > 0; left--)
                    Skip(element, isElement: true, depth + 1);
                break;
            case ThriftType.Map:
                SkipMap(depth);
                break;
            case ThriftType.Struct:
                for (var id = 0; ReadField(ref id, out var field);)
                    Skip(field, isElement: false, depth + 1);
                break;
            default:
                throw Damaged();
        }
    }

    private void SkipMap(int depth)
    {
        var count = Varint();
        if (count == 0)
            return;
        Expect(count <= (ulong)(_bytes.Length - Position));
        var types = Byte();
        for (; count > 0; count--)
        {
            Skip((ThriftType)(types >> 4), isElement: true, depth + 1);
            Skip((ThriftType)(types & 0x0f), isElement: true, depth + 1);
        }
    }

    private long ZigZag()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        throw Damaged();
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(ulong count)
    {
        Expect(count <= (ulong)(_bytes.Length - Position));
        var taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    private static void Expect(bool condition)
    {
        if (!condition)
            throw Damaged();
    }

    private static FormatException Damaged() => new("its Thrift structures are damaged");
}
