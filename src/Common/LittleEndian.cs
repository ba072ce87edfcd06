using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FineWebTorch.Common;

/// <summary>Numbers as little-endian bytes, 4 each: scores and row numbers in the ledger and on the wire.</summary>
public static class LittleEndian
{
    public static byte[] FromFloats(ReadOnlySpan<float> values) => FromUInts(MemoryMarshal.Cast<float, uint>(values));

    /// <param name="bytes">A multiple of 4.</param>
    public static float[] ToFloats(ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / sizeof(float)];
        Read(bytes, MemoryMarshal.Cast<float, uint>(values.AsSpan()));
        return values;
    }

    public static byte[] FromUInts(ReadOnlySpan<uint> values)
    {
        var bytes = new byte[values.Length * sizeof(uint)];
        var words = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan());
        values.CopyTo(words);
        Swap(words);
        return bytes;
    }

    /// <param name="bytes">A multiple of 4.</param>
    public static uint[] ToUInts(ReadOnlySpan<byte> bytes)
    {
        var values = new uint[bytes.Length / sizeof(uint)];
        Read(bytes, values);
        return values;
    }

    private static void Read(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        bytes[..(words.Length * sizeof(uint))].CopyTo(MemoryMarshal.AsBytes(words));
        Swap(words);
    }

    private static void Swap(Span<uint> words)
    {
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(words, words);
    }
}
