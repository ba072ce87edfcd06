using System.Diagnostics;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>
/// A range of whole windows of one file, on its way through the pipeline. Window k holds the rows
/// [k × <see cref="WindowRows"/>, (k + 1) × <see cref="WindowRows"/>); only a file's last one is shorter.
/// </summary>
internal sealed class ScoreTask : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private int _endWindow = int.MaxValue;
    private int _readingWindow;
    private int _batches;
    private Exception? _failure;

    /// <summary>The lease's fencing token; 0 where there is no coordinator.</summary>
    public ulong Fence { get; init; }

    public required int WindowRows { get; init; }

    /// <summary>Most tokens in a batch.</summary>
    public required int TokenBudget { get; init; }

    public int FirstWindow { get; init; }

    /// <summary>One past the last window; see <see cref="Shrink"/>.</summary>
    public int EndWindow
    {
        get => Volatile.Read(ref _endWindow);
        init => _endWindow = value;
    }

    /// <summary>One past the last row to score; null where only the end of the input tells.</summary>
    public long? EndRow { get; init; }

    /// <summary>Rows from here on are left alone even if the input has more.</summary>
    public long RowLimit { get; init; } = long.MaxValue;

    public StoredScores Stored { get; init; } = StoredScores.None;

    /// <summary>
    /// Rows of the first window, a bit a row as in <see cref="StoredScores"/>: no other text is looked at. Null: all
    /// rows of all windows.
    /// </summary>
    public byte[]? Probe { get; init; }

    /// <summary>Opens the documents from a row number on.</summary>
    public required Func<long, IDocumentSource> Open { get; init; }

    /// <summary>
    /// Called when a window has been read, before anything of it is scored; throws where what was read is not to be
    /// trusted.
    /// </summary>
    public Action DemandUnchanged { get; init; } = () => { };

    /// <summary>Called, by any of the pipeline's threads, when a chunk has been read or a batch scored.</summary>
    public Action Progressed { get; init; } = () => { };

    /// <summary>Its batches are parts of this span; nothing where it is not traced.</summary>
    public ActivityContext Trace { get; init; }

    /// <summary>Ids and first words are wanted beside the scores.</summary>
    public bool KeepDocuments { get; init; }

    /// <summary>Windows beyond this one have not been touched.</summary>
    public int ReadingWindow
    {
        get => Math.Max(FirstWindow, Volatile.Read(ref _readingWindow));
        set => Volatile.Write(ref _readingWindow, value);
    }

    /// <summary>Cancelled by <see cref="Stop"/>.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>What ended its scoring early.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Set when the task has ended; null where the device was not needed.</summary>
    public DeviceUse? DeviceUse { get; set; }

    /// <summary>Counts the batches that have been computed, from 0. For one thread.</summary>
    public int NextBatch() => _batches++;

    /// <summary>Windows from here on have gone to another worker.</summary>
    public void Shrink(int endWindow)
    {
        int seen;
        while (endWindow < (seen = Volatile.Read(ref _endWindow)) &&
            Interlocked.CompareExchange(ref _endWindow, endWindow, seen) != seen)
        {
        }
    }

    /// <summary>The batches in flight are the last ones.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Ends the task by its first failure.</summary>
    public void Fail(Exception failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        Stop();
    }

    /// <summary>Whether nothing more of this window is to be done.</summary>
    public bool Drops(int window) => _stop.IsCancellationRequested || window >= EndWindow;

    public void Dispose() => _stop.Dispose();
}

/// <summary>What of a lease has been scored before, by whomever.</summary>
/// <param name="CompleteWindows">Windows of which nothing is left to do.</param>
/// <param name="PartialWindows">
/// By window, one bit a row, lowest bit of the first byte first: set where the row's score is stored.
/// </param>
internal sealed record StoredScores(
    IReadOnlySet<int> CompleteWindows, IReadOnlyDictionary<int, byte[]> PartialWindows)
{
    public static StoredScores None { get; } = new(new HashSet<int>(), new Dictionary<int, byte[]>());

    public bool IsComplete(int window) => CompleteWindows.Contains(window);

    public bool IsStored(int window, int row) =>
        PartialWindows.TryGetValue(window, out var bits) && Bits.IsSet(bits, row);

    public bool AreStored(int window, ReadOnlySpan<int> rows)
    {
        if (!PartialWindows.ContainsKey(window))
            return false;
        foreach (var row in rows)
        {
            if (!IsStored(window, row))
                return false;
        }

        return true;
    }
}

/// <summary>Sets of a window's rows as the protocol has them.</summary>
internal static class Bits
{
    /// <summary>Bit i of byte i / 8, lowest first, stands for row i; rows beyond the end are not in the set.</summary>
    public static bool IsSet(byte[] bits, int row) => row / 8 < bits.Length && (bits[row / 8] >> (row % 8) & 1) != 0;
}
