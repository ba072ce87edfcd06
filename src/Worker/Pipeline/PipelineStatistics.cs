using System.Diagnostics.CodeAnalysis;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>Totals since the pipeline started. Safe for several threads.</summary>
internal sealed class PipelineStatistics
{
    private readonly Lock _lock = new();
    private PipelineTotals _totals;
    private int _inFlight;

    /// <summary>Batches that the device has been given and is not done with.</summary>
    public int BatchesInFlight => Volatile.Read(ref _inFlight);

    public PipelineTotals Totals
    {
        get
        {
            lock (_lock)
                return _totals;
        }
    }

    public void Add(PipelineTotals more)
    {
        lock (_lock)
            _totals += more;
    }

    public void BatchBegun() => Interlocked.Increment(ref _inFlight);

    public void BatchEnded() => Interlocked.Decrement(ref _inFlight);
}

/// <summary>What a pipeline has done, and for what its device has waited although there was a task.</summary>
/// <param name="Tokens">With [CLS] and [SEP].</param>
/// <param name="Positions">That the device computed: tokens and, if there were any, padding.</param>
/// <param name="Busy">The device computed.</param>
/// <param name="ReaderWait">The device waited for the reading of documents.</param>
/// <param name="TokenizerWait">The device waited for their tokens.</param>
/// <param name="WriterWait">The device waited until somebody took the scores of earlier batches.</param>
[SuppressMessage("Usage", "CA2225", Justification = "Nothing but C# uses the operators.")]
internal readonly record struct PipelineTotals(
    long Documents,
    long Tokens,
    long Positions,
    TimeSpan Busy,
    TimeSpan ReaderWait,
    TimeSpan TokenizerWait,
    TimeSpan WriterWait)
{
    /// <summary>That the device has computed.</summary>
    public long Batches { get; init; }

    /// <summary>The device had no task while an input for it was on its way.</summary>
    public TimeSpan NetworkWait { get; init; }

    public static PipelineTotals operator +(PipelineTotals a, PipelineTotals b) => new(
        a.Documents + b.Documents, a.Tokens + b.Tokens, a.Positions + b.Positions, a.Busy + b.Busy,
        a.ReaderWait + b.ReaderWait, a.TokenizerWait + b.TokenizerWait, a.WriterWait + b.WriterWait)
    {
        Batches = a.Batches + b.Batches,
        NetworkWait = a.NetworkWait + b.NetworkWait,
    };
}
