namespace FineWebTorch.Worker.Pipeline;

/// <summary>Totals since the pipeline started. Safe for several threads.</summary>
internal sealed class PipelineStatistics
{
    private readonly Lock _lock = new();
    private PipelineTotals _totals;

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
}
