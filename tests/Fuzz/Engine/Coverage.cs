using SharpFuzz.Common;

namespace FineWebTorch.Fuzz.Engine;

/// <summary>
/// How often each edge of the instrumented assemblies was passed. SharpFuzz has written into every branch that it
/// counts up a byte; which bytes, and how far, tells inputs apart that do something new.
/// </summary>
/// <remarks>As AFL has it: https://lcamtuf.coredump.cx/afl/technical_details.txt</remarks>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private readonly byte[] _counts = GC.AllocateArray<byte>(Size, pinned: true);

    /// <summary>The classes of counts that each edge has had, a bit each.</summary>
    private readonly byte[] _seen = new byte[Size];

    /// <summary>To be made before any instrumented code runs: it writes to memory that there must be.</summary>
    public Coverage() => Trace.SharedMem = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _counts[0]);

    /// <summary>Edges that have been passed; 0 where nothing is instrumented.</summary>
    public int Edges { get; private set; }

    public void Clear()
    {
        Array.Clear(_counts);
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds what has been passed since <see cref="Clear"/>.</summary>
    /// <returns>Whether something of it is new.</returns>
    public bool Add()
    {
        var isNew = false;
        for (var edge = NextAfter(-1); edge >= 0; edge = NextAfter(edge))
        {
            var (count, seen) = (ClassOf(_counts[edge]), _seen[edge]);
            if ((seen & count) != 0)
                continue;
            _seen[edge] |= count;
            Edges += seen == 0 ? 1 : 0;
            isNew = true;
        }

        return isNew;
    }

    private int NextAfter(int edge)
    {
        var next = _counts.AsSpan(edge + 1).IndexOfAnyExcept((byte)0);
        return next < 0 ? -1 : edge + 1 + next;
    }

    /// <summary>1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more.</summary>
    private static byte ClassOf(byte count) => count switch
    {
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
