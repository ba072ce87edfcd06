using System.Globalization;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>What the device did between the first and the last batch of a task.</summary>
/// <param name="Span">From the beginning of the first batch to the end of the last one.</param>
/// <param name="Totals">Within this time.</param>
internal sealed record DeviceUse(TimeSpan Span, PipelineTotals Totals)
{
    public double Busy => Share(Totals.Busy);

    public double ReaderWait => Share(Totals.ReaderWait);

    public double TokenizerWait => Share(Totals.TokenizerWait);

    public double WriterWait => Share(Totals.WriterWait);

    /// <summary>Share of the computed positions that held no token.</summary>
    public double Padding => Totals.Positions == 0 ? 0 : 1 - (double)Totals.Tokens / Totals.Positions;

    /// <summary>Like "device busy 99.2 %, waiting for reader 0.1 %, …".</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"device busy {100 * Busy:F1} %, waiting for reader {100 * ReaderWait:F1} %, tokenizer " +
        $"{100 * TokenizerWait:F1} %, writer {100 * WriterWait:F1} %; positions without a token {100 * Padding:F1} %");

    // The clocks of host and device may differ a little.
    private double Share(TimeSpan part) => Span > TimeSpan.Zero ? Math.Clamp(part / Span, 0, 1) : 0;
}

/// <summary>Adds up when the device computed. The batches of a task follow one another. For one thread.</summary>
internal sealed class DeviceUseMeter(PipelineStatistics statistics, TimeProvider time)
{
    private readonly Dictionary<ScoreTask, Record> _tasks = [];
    private long _lastEnd = long.MinValue;

    /// <param name="began">Timestamp of the moment when the device was given the batch.</param>
    /// <param name="ended">Timestamp of the moment when it was done.</param>
    /// <param name="before">The pipeline's totals when the device was given the batch.</param>
    /// <param name="batch">Documents, tokens and positions; and the time, where the device has measured it.</param>
    public void Add(ScoreTask task, long began, long ended, PipelineTotals before, PipelineTotals batch)
    {
        // Several batches may be on a device, but it computes one after another.
        var begin = Math.Max(began, _lastEnd);
        _lastEnd = ended;
        if (batch.Busy == TimeSpan.Zero)
            batch = batch with { Busy = time.GetElapsedTime(begin, Math.Max(begin, ended)) };
        statistics.Add(batch);
        if (!_tasks.TryGetValue(task, out var record))
            _tasks[task] = record = new Record(begin, before);
        record.Work += batch;
        record.End = ended;
        record.After = statistics.Totals;
    }

    /// <summary>What has been added for a task, which ends; null where nothing was.</summary>
    public DeviceUse? Take(ScoreTask task) => _tasks.Remove(task, out var record)
        ? new DeviceUse(time.GetElapsedTime(record.Begin, record.End), record.Work with
        {
            ReaderWait = record.After.ReaderWait - record.Before.ReaderWait,
            TokenizerWait = record.After.TokenizerWait - record.Before.TokenizerWait,
            WriterWait = record.After.WriterWait - record.Before.WriterWait,
        })
        : null;

    private sealed class Record(long begin, PipelineTotals before)
    {
        public long Begin => begin;

        public PipelineTotals Before => before;

        public long End { get; set; }

        public PipelineTotals After { get; set; }

        public PipelineTotals Work { get; set; }
    }
}
