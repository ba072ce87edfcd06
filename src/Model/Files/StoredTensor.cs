using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Files;

/// <summary>A weight in its file, row-major, little-endian; one in F64 is read as F32.</summary>
internal sealed record StoredTensor(SafetensorsFile File, SafetensorsEntry Entry)
{
    /// <summary>Numbers of a piece that one thread looks at: enough to be worth a thread.</summary>
    private const int Piece = 1 << 19;

    /// <summary>F32, F16 or BF16.</summary>
    public SafetensorsDtype Dtype => Entry.Dtype == SafetensorsDtype.F64 ? SafetensorsDtype.F32 : Entry.Dtype;

    public IReadOnlyList<ulong> Shape => Entry.Shape;

    /// <summary>The numbers in <see cref="Dtype"/>; valid while the checkpoint is open.</summary>
    /// <exception cref="ModelFileException">One of them is not finite.</exception>
    public ReadOnlySpan<byte> Read()
    {
        var bytes = Entry.Dtype == SafetensorsDtype.F64 ? Narrowed(File.Bytes(Entry)) : File.Bytes(Entry);
        if (!IsFinite(bytes))
            throw new ModelFileException(
                File.Path, $"has a weight in tensor '{Entry.Name}' that is not finite (NaN or infinity), of which no "
                + "score can be made; use a checkpoint from before the training diverged, or fetch the file again");
        return bytes;
    }

    private static ReadOnlySpan<byte> Narrowed(ReadOnlySpan<byte> doubles)
    {
        var numbers = new float[doubles.Length / sizeof(double)];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(doubles[(i * sizeof(double))..]);
        return MemoryMarshal.AsBytes(numbers);
    }

    /// <summary>Whether no exponent is all ones. Several threads look, as the file may have to be read for it.</summary>
    private unsafe bool IsFinite(ReadOnlySpan<byte> bytes)
    {
        var (infinite, size) = Dtype switch
        {
            SafetensorsDtype.F32 => (0x7F800000u, sizeof(float)),
            SafetensorsDtype.F16 => (0x7C00u, sizeof(ushort)),
            _ => (0x7F80u, sizeof(ushort)),
        };
        var (length, step) = (bytes.Length, Piece * size);
        fixed (byte* start = bytes)
        {
            var data = (nint)start;
            return Parallel.For(0, (length + step - 1) / step, (piece, state) =>
            {
                var part = new ReadOnlySpan<byte>((byte*)data + (piece * step), Math.Min(step, length - (piece * step)));
                if (!(size == sizeof(float) ? IsBelow<uint>(part, infinite) : IsBelow<ushort>(part, (ushort)infinite)))
                    state.Stop();
            }).IsCompleted;
        }
    }

    /// <summary>Whether every number, its sign aside, has fewer bits than infinity.</summary>
    private static bool IsBelow<T>(ReadOnlySpan<byte> bytes, T infinite)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var magnitude = T.MaxValue >>> 1;
        var vectors = MemoryMarshal.Cast<byte, Vector<T>>(bytes);
        var largest = Vector<T>.Zero;
        foreach (var vector in vectors)
            largest = Vector.Max(largest, vector & new Vector<T>(magnitude));
        var isBelow = Vector.LessThanAll(largest, new Vector<T>(infinite));
        foreach (var number in MemoryMarshal.Cast<byte, T>(bytes[(vectors.Length * Vector<byte>.Count)..]))
            isBelow &= (number & magnitude) < infinite;
        return isBelow;
    }
}
