namespace FineWebTorch.Worker.Pipeline;

/// <summary>Totals since the pipeline started. Written by the scoring thread, read by any.</summary>
internal sealed class PipelineStatistics
{
    private long _documents;
    private long _tokens;
    private long _busyTicks;
    private long _waitTicks;

    public long Documents => Volatile.Read(ref _documents);

    public long Tokens => Volatile.Read(ref _tokens);

    /// <summary>The device computed.</summary>
    public TimeSpan Busy => new(Volatile.Read(ref _busyTicks));

    /// <summary>There was work, but the device waited for documents.</summary>
    public TimeSpan ReaderWait => new(Volatile.Read(ref _waitTicks));

    public void AddBatch(int documents, long tokens, TimeSpan busy)
    {
        Volatile.Write(ref _documents, _documents + documents);
        Volatile.Write(ref _tokens, _tokens + tokens);
        Volatile.Write(ref _busyTicks, _busyTicks + busy.Ticks);
    }

    public void AddReaderWait(TimeSpan wait) => Volatile.Write(ref _waitTicks, _waitTicks + wait.Ticks);
}
