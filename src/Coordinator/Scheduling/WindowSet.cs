using System.Numerics;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Some of a file's windows, a bit each: a run has tens of millions.</summary>
/// <param name="windows">Of the file.</param>
internal sealed class WindowSet(int windows)
{
    private const int BitsOfWord = 64;

    private readonly ulong[] _words = new ulong[(windows + BitsOfWord - 1) / BitsOfWord];

    public int Count { get; private set; }

    public bool Contains(int window) => (_words[window / BitsOfWord] >> (window % BitsOfWord) & 1) == 1;

    /// <returns>False where it was there already.</returns>
    public bool Add(int window)
    {
        if (Contains(window))
            return false;
        _words[window / BitsOfWord] |= 1UL << (window % BitsOfWord);
        Count++;
        return true;
    }

    public int CountIn(WindowRange range)
    {
        var count = 0;
        for (var first = range.First; first < range.End;)
        {
            var (word, bit) = Math.DivRem(first, BitsOfWord);
            var bits = Math.Min(BitsOfWord - bit, range.End - first);
            var mask = bits == BitsOfWord ? ulong.MaxValue : ((1UL << bits) - 1) << bit;
            count += BitOperations.PopCount(_words[word] & mask);
            first += bits;
        }

        return count;
    }
}
