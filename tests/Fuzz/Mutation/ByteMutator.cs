using System.Buffers.Binary;
using System.Text;

namespace FineWebTorch.Fuzz.Mutation;

/// <summary>Changes bytes without knowing what they mean.</summary>
/// <param name="words">What the format is made of, to be put in.</param>
internal sealed class ByteMutator(params string[] words)
{
    private readonly byte[][] _words = [.. words.Select(Encoding.UTF8.GetBytes)];

    public byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        var bytes = new List<byte>(input);
        for (var left = 1 << random.Next(4); left > 0; left--)
            Change(bytes, other, random);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other, Random random)
    {
        if (bytes.Count == 0)
        {
            Insert(bytes, other, random);
            return;
        }

        var at = random.Next(bytes.Count);
        switch (random.Next(10))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes[at] = (byte)Interesting.Number(random); break;
            case 3: bytes[at] += (byte)random.Next(-16, 17); break;
            case 4: bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.Next(1 << random.Next(8)))); break;
            case 5: bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : 1); break;
            case 6: Overwrite(bytes, at, random); break;
            case 7: Repeat(bytes, at, random); break;
            default: Insert(bytes, other, random); break;
        }
    }

    private void Insert(List<byte> bytes, byte[] other, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(3))
        {
            case 0 when _words.Length > 0: bytes.InsertRange(at, _words[random.Next(_words.Length)]); break;
            case 1 when other.Length > 0:
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, 1 + random.Next(64))));
                break;
            default:
                var fresh = new byte[1 + random.Next(1 << random.Next(6))];
                random.NextBytes(fresh);
                bytes.InsertRange(at, fresh);
                break;
        }
    }

    /// <summary>A number of two, four or eight bytes.</summary>
    private static void Overwrite(List<byte> bytes, int at, Random random)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, Interesting.Number(random));
        for (var i = 0; i < 2 << random.Next(3) && at + i < bytes.Count; i++)
            bytes[at + i] = number[i];
    }

    private static void Repeat(List<byte> bytes, int at, Random random)
    {
        var part = bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + random.Next(64)));
        for (var left = 1 << random.Next(6); left > 0; left--)
            bytes.InsertRange(at, part);
    }
}
