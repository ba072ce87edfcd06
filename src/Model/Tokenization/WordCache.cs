using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// The pieces of words seen lately, for one thread: 512 KiB, in sets of two words that share a cache line. Pieces never
/// cross words, so a word's ids depend on its normalised bytes alone.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longest word kept, in bytes; the last byte of a key holds the length.</summary>
    public const int MaxWordLength = 15;

    /// <summary>Most pieces kept of a word.</summary>
    public const int MaxPieces = 4;

    private const int SetBits = 13;
    private const int SetSize = 64;
    private const int CountShift = 28;
    private const int IdMask = (1 << CountShift) - 1;

    // Pinned, so that the sets stay where cache lines begin.
    private readonly byte[] _memory = GC.AllocateArray<byte>((SetSize << SetBits) + SetSize, pinned: true);
    private readonly int _start;

    public unsafe WordCache()
    {
        var misfit = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory)) % SetSize;
        _start = (int)(SetSize - misfit) % SetSize;
    }

    /// <summary>As many bytes that are kept from a vector as bytes that are not.</summary>
    private static ReadOnlySpan<byte> Masks =>
    [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>The key of a word, of whose vector only the first <paramref name="length"/> bytes count.</summary>
    /// <param name="length">1 to <see cref="MaxWordLength"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> KeyOf(Vector128<byte> word, int length)
    {
        var mask = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Masks), (nuint)(16 - length));
        return (word & mask).AsUInt64() | Vector128.Create(0UL, (ulong)length << 56);
    }

    /// <summary>Copies a word's pieces, and others of no meaning behind them.</summary>
    /// <param name="ids">Room for <see cref="MaxPieces"/>.</param>
    /// <returns>The count of pieces; 0 if the word is not there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TryGet(Vector128<ulong> key, ref int ids)
    {
        ref var first = ref SetOf(key);
        if (first.Key != key)
        {
            ref var second = ref Unsafe.Add(ref first, 1);
            if (second.Key != key)
                return 0;
            (first, second) = (second, first);
        }
        (first.Pieces & Vector128.Create(IdMask, -1, -1, -1)).StoreUnsafe(ref ids);
        return first.Pieces[0] >>> CountShift;
    }

    /// <param name="pieces">1 to <see cref="MaxPieces"/>.</param>
    public void Set(Vector128<ulong> key, ReadOnlySpan<int> pieces)
    {
        ref var first = ref SetOf(key);
        Unsafe.Add(ref first, 1) = first;
        first.Key = key;
        first.Pieces = Vector128.CreateScalar(pieces[0] | (pieces.Length << CountShift));
        for (var i = 1; i < pieces.Length; i++)
            first.Pieces = first.Pieces.WithElement(i, pieces[i]);
    }

    public void Clear() => Array.Clear(_memory);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref CachedWord SetOf(Vector128<ulong> key)
    {
        // Two odd constants of high entropy; the last product's top bits depend on every bit of the key.
        var hash = ((key[0] * 0x9E3779B97F4A7C15) ^ key[1]) * 0xC2B2AE3D27D4EB4F;
        var offset = (nint)(hash >> (64 - SetBits)) * SetSize;
        return ref Unsafe.As<byte, CachedWord>(
            ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_memory), _start + offset));
    }

    private struct CachedWord
    {
        public Vector128<ulong> Key;

        /// <summary>Ids; the first has the count of pieces in its upper bits.</summary>
        public Vector128<int> Pieces;
    }
}
