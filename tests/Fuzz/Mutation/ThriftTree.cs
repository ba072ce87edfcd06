namespace FineWebTorch.Fuzz.Mutation;

/// <summary>A value of Thrift's compact protocol that can be changed and written again.</summary>
/// <remarks>https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md</remarks>
internal sealed class ThriftTree
{
    private const int Struct = 12, List = 9, Set = 10, Binary = 8, Double = 7, Byte = 3, MostDepth = 40;

    public int Type { get; set; }

    public long Number { get; set; }

    /// <summary>Of a text, or of a double.</summary>
    public byte[] Bytes { get; set; } = [];

    /// <summary>Fields of a struct by their ids; elements of a list, whose ids do not matter.</summary>
    public List<(int Id, ThriftTree Value)> Items { get; } = [];

    /// <summary>Null where the bytes are no struct.</summary>
    public static ThriftTree? TryParse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new Reader(bytes).Read(Struct, 0);
        }
        catch (Exception exception) when (exception is FormatException or IndexOutOfRangeException
            or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    public byte[] ToBytes()
    {
        var bytes = new List<byte>();
        Write(bytes);
        return [.. bytes];
    }

    /// <summary>This value and all below it.</summary>
    public IEnumerable<ThriftTree> All() => Items.SelectMany(item => item.Value.All()).Prepend(this);

    private void Write(List<byte> bytes)
    {
        switch (Type)
        {
            case Struct: WriteStruct(bytes); break;
            case List or Set: WriteList(bytes); break;
            case Binary: WriteVarint(bytes, (ulong)Bytes.Length); bytes.AddRange(Bytes); break;
            case Double: bytes.AddRange(Bytes); break;
            case Byte: bytes.Add((byte)Number); break;
            case 1 or 2: break; // a Boolean field is its type
            default: WriteVarint(bytes, (ulong)((Number << 1) ^ (Number >> 63))); break;
        }
    }

    private void WriteStruct(List<byte> bytes)
    {
        var last = 0;
        foreach (var (id, value) in Items)
        {
            if (id - last is > 0 and < 16 and var delta)
                bytes.Add((byte)((delta << 4) | (value.Type & 15)));
            else
            {
                bytes.Add((byte)(value.Type & 15));
                WriteVarint(bytes, (ulong)((id << 1) ^ (id >> 31)) & 0xffff);
            }

            value.Write(bytes);
            last = id;
        }

        bytes.Add(0);
    }

    private void WriteList(List<byte> bytes)
    {
        var element = Items.Count > 0 ? Items[0].Value.Type : Struct;
        var count = Items.Count + (int)Number;
        bytes.Add((byte)((Math.Clamp(count, 0, 15) << 4) | (element & 15)));
        if (count >= 15)
            WriteVarint(bytes, (ulong)count);
        foreach (var (_, value) in Items)
            value.Write(bytes);
    }

    private static void WriteVarint(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;

        public ThriftTree Read(int type, int depth)
        {
            if (depth > MostDepth)
                throw new FormatException();
            var tree = new ThriftTree { Type = type };
            switch (type)
            {
                case Struct: ReadStruct(tree, depth); break;
                case List or Set: ReadList(tree, depth); break;
                case Binary: tree.Bytes = Take((int)Varint()); break;
                case Double: tree.Bytes = Take(8); break;
                case Byte: tree.Number = _bytes[_at++]; break;
                case 1 or 2: break;
                case 4 or 5 or 6: var raw = Varint(); tree.Number = (long)(raw >> 1) ^ -(long)(raw & 1); break;
                default: throw new FormatException();
            }

            return tree;
        }

        private void ReadStruct(ThriftTree tree, int depth)
        {
            for (var id = 0; _bytes[_at++] is > 0 and var header;)
            {
                id = header >> 4 is > 0 and var delta ? id + delta : (short)(Varint() >> 1);
                tree.Items.Add((id, Read(header & 15, depth + 1)));
            }
        }

        private void ReadList(ThriftTree tree, int depth)
        {
            var header = _bytes[_at++];
            var count = header >> 4 is < 15 and var small ? (ulong)small : Varint();
            if (count > (ulong)_bytes.Length)
                throw new FormatException();
            for (; count > 0; count--)
                tree.Items.Add((0, Read(header & 15, depth + 1)));
        }

        private ulong Varint()
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var next = _bytes[_at++];
                value |= (ulong)(next & 0x7f) << shift;
                if (next < 0x80)
                    return value;
            }
        }

        private byte[] Take(int count)
        {
            _at += count;
            return _bytes.Slice(_at - count, count).ToArray();
        }
    }
}
