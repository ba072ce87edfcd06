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
