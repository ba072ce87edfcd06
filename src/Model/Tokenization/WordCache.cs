using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// The pieces of words seen lately: direct-mapped, of fixed size, for one thread. Pieces never cross words, so a word's
/// ids depend on its normalised bytes alone.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longest word kept, in bytes; the last byte of a key holds the length.</summary>
    public const int MaxWordLength = 15;

    /// <summary>Most pieces kept of a word.</summary>
    public const int MaxPieces = 4;

    private const int Bits = 13;

    private readonly Entry[] _entries = new Entry[1 << Bits];

    /// <summary>Row n keeps the first n bytes of a vector.</summary>
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

    /// <summary>Copies a word's pieces, and up to three more ids of no meaning.</summary>
    /// <param name="ids">Room for <see cref="MaxPieces"/>.</param>
    /// <returns>The count of pieces; 0 if the word is not there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TryGet(Vector128<ulong> key, ref int ids)
    {
        ref var entry = ref EntryOf(key);
        if (entry.Key != key)
            return 0;
        entry.Ids.StoreUnsafe(ref ids);
        return entry.Count;
    }

    /// <param name="pieces">1 to <see cref="MaxPieces"/>.</param>
    public void Set(Vector128<ulong> key, ReadOnlySpan<int> pieces)
    {
        ref var entry = ref EntryOf(key);
        entry.Key = key;
        entry.Count = pieces.Length;
        entry.Ids = Vector128<int>.Zero;
        for (var i = 0; i < pieces.Length; i++)
            entry.Ids = entry.Ids.WithElement(i, pieces[i]);
    }

    public void Clear() => Array.Clear(_entries);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Entry EntryOf(Vector128<ulong> key)
    {
        // Two odd constants of high entropy; the product's top bits depend on every bit of the key.
        var hash = (key[0] * 0x9E3779B97F4A7C15) ^ (key[1] * 0xC2B2AE3D27D4EB4F);
        hash *= 0x9E3779B97F4A7C15;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_entries), (nint)(hash >> (64 - Bits)));
    }

    private struct Entry
    {
        public Vector128<ulong> Key;
        public Vector128<int> Ids;
        public int Count;
    }
}
