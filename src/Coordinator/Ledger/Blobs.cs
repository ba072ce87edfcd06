using System.Buffers.Binary;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>Numbers as little-endian bytes, in the ledger and on the wire.</summary>
internal static class Blobs
{
    public static byte[] FromFloats(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return bytes;
    }

    public static float[] ToFloats(ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        return values;
    }

    public static byte[] FromRows(IReadOnlyList<uint> rows)
    {
        var bytes = new byte[rows.Count * sizeof(uint)];
        for (var i = 0; i < rows.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), rows[i]);
        return bytes;
    }

    public static uint[] ToRows(ReadOnlySpan<byte> bytes)
    {
        var rows = new uint[bytes.Length / sizeof(uint)];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        return rows;
    }
}
