using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace FineWebTorch.Fuzz.Mutation;

/// <summary>Changes a message field by field, whatever its type, and now and then as bytes.</summary>
internal sealed class ProtobufMutator(MessageDescriptor descriptor)
{
    private const int MostItems = 300;
    private readonly ByteMutator _bytes = new();

    public byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (random.Next(6) == 0)
            return _bytes.Mutate(input, other, random);
        IMessage message;
        try
        {
            message = descriptor.Parser.ParseFrom(input);
        }
        catch (InvalidProtocolBufferException)
        {
            message = descriptor.Parser.ParseFrom([]);
        }

        for (var left = 1 << random.Next(3); left > 0; left--)
            Change(message, random);
        return message.ToByteArray();
    }

    private static void Change(IMessage message, Random random)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder();
        if (fields.Count == 0)
            return;
        // Of a choice of messages most say the one that is there.
        var there = fields.Where(field => !field.IsRepeated && field.FieldType == FieldType.Message &&
            field.Accessor.HasValue(message)).ToList();
        if (there.Count > 0 && random.Next(4) > 0)
        {
            Change((IMessage)there[random.Next(there.Count)].Accessor.GetValue(message), random);
            return;
        }

        var chosen = fields[random.Next(fields.Count)];
        if (chosen.IsMap)
            ((System.Collections.IDictionary)chosen.Accessor.GetValue(message))[Interesting.Text(random)] =
                Interesting.Text(random);
        else if (chosen.IsRepeated)
            ChangeList((System.Collections.IList)chosen.Accessor.GetValue(message), chosen, random);
        else if (random.Next(8) == 0)
            chosen.Accessor.Clear(message);
        else
            chosen.Accessor.SetValue(message, Value(chosen, chosen.Accessor.GetValue(message), random));
    }

    private static void ChangeList(System.Collections.IList list, FieldDescriptor field, Random random)
    {
        if (list.Count == 0 || (random.Next(3) == 0 && list.Count < MostItems))
        {
            for (var left = random.Next(8) == 0 ? MostItems - list.Count : 1; left > 0; left--)
                list.Add(list.Count > 0 && random.Next(2) == 0
                    ? list[random.Next(list.Count)]
                    : Value(field, null, random));
            return;
        }

        var at = random.Next(list.Count);
        if (random.Next(3) == 0)
            list.RemoveAt(at);
        else if (list[at] is IMessage message)
            Change(message, random);
        else
            list[at] = Value(field, list[at], random);
    }

    private static object Value(FieldDescriptor field, object? old, Random random) => field.FieldType switch
    {
        FieldType.String => Interesting.Text(random),
        FieldType.Bytes => Bytes(old as ByteString, random),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Double => Interesting.Real(random),
        FieldType.Float => (float)Interesting.Real(random),
        FieldType.Enum => (int)Interesting.Number(random),
        FieldType.UInt64 => Near(old, random) is { } near ? (ulong)near : (ulong)Interesting.Number(random),
        FieldType.Int64 => Near(old, random) ?? Interesting.Number(random),
        FieldType.UInt32 => (uint)(Near(old, random) ?? Interesting.Number(random)),
        FieldType.Int32 => (int)(Near(old, random) ?? Interesting.Number(random)),
        FieldType.Message => Filled(field.MessageType, random),
        _ => throw new NotSupportedException($"{field.FullName}: no value of type {field.FieldType} is known"),
    };

    private static IMessage Filled(MessageDescriptor type, Random random)
    {
        var message = type.Parser.ParseFrom([]);
        for (var left = random.Next(4); left > 0; left--)
            Change(message, random);
        return message;
    }

    private static long? Near(object? old, Random random) => random.Next(2) == 0 ? null : old switch
    {
        ulong number => (long)number + random.Next(-2, 3),
        long number => number + random.Next(-2, 3),
        uint number => number + random.Next(-2, 3),
        int number => number + random.Next(-2, 3),
        _ => null,
    };

    private static ByteString Bytes(ByteString? old, Random random)
    {
        if (old is { Length: > 0 } && random.Next(2) == 0)
        {
            var changed = old.ToByteArray();
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            return ByteString.CopyFrom(changed);
        }

        var bytes = new byte[random.Next(3) == 0 ? 4 * random.Next(64) : random.Next(40)];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
