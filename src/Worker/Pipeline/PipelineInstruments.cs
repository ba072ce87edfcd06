using System.Diagnostics.Metrics;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>What is measured of batches, and their place in the traces of leases.</summary>
internal static class PipelineInstruments
{
    /// <summary>Of the batches of a lease one in so many has a span, the first among them.</summary>
    private const int BatchesOfSpan = 100;

    private static readonly Histogram<double> Batch = Instrumentation.Seconds(
        "fineweb.batch", "Time that the device takes for a batch.",
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30);

    /// <param name="took">Of the device.</param>
    /// <param name="number">Of the batch in its task, from 0.</param>
    public static void Computed(ScoreTask task, TimeSpan took, int number, PipelineTotals work)
    {
        Batch.Record(took.TotalSeconds);
        if (number % BatchesOfSpan != 0)
            return;
        using var span = Instrumentation.Begin("batch", task.Trace);
        span?.SetStartTime(DateTime.UtcNow - took);
        span?.SetTag("fineweb.batch.number", number);
        span?.SetTag("fineweb.documents", work.Documents);
        span?.SetTag("fineweb.tokens", work.Tokens);
    }
}
