using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Parquet;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>How fast this machine scores, by trying it on a few documents.</summary>
internal static class SpeedProbe
{
    /// <summary>A dry run is to end soon.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(3);

    private const int MostDocuments = 512;
    private const int DocumentsAtATime = 16;

    /// <param name="model">Its folder.</param>
    /// <param name="file">Of the run, on this machine; the first rows of it are scored.</param>
    /// <exception cref="ParquetFileException">The file cannot be used.</exception>
    public static MeasuredRate? Measure(
        string model, RunSpec spec, FileRecord file, TimeProvider time, CancellationToken cancellationToken)
    {
        var rows = Enumerable.Range(0, (int)Math.Min(MostDocuments, spec.RowsOf(file.Rows))).Select(row => (long)row);
        var texts = ShardSampler.Read(file.Path, spec.TextColumn, scoreColumn: null, [.. rows])
            .Select(row => row.Text).OfType<byte[]>().ToList();
        if (texts.Count == 0)
            return null;
        // As workers do: fp16 where the device has it.
        using var rescorer = Rescorer.Load(model, spec.Dtype == Dtype.Unspecified ? Dtype.Fp16 : spec.Dtype, "auto");
        // The first batch pays for what is made once.
        rescorer.Score(texts[..1]);
        var start = time.GetTimestamp();
        var scored = 0;
        while (scored < texts.Count && (scored == 0 || time.GetElapsedTime(start) < Enough))
        {
            cancellationToken.ThrowIfCancellationRequested();
            scored += rescorer.Score(texts[scored..Math.Min(texts.Count, scored + DocumentsAtATime)]).Length;
        }

        var seconds = Math.Max(1e-6, time.GetElapsedTime(start).TotalSeconds);
        return new MeasuredRate(scored / seconds, scored, rescorer.Device);
    }
}

/// <summary>What a <see cref="SpeedProbe"/> has found.</summary>
/// <param name="Documents">That were scored for it.</param>
/// <param name="Device">On which.</param>
internal sealed record MeasuredRate(double DocumentsPerSecond, int Documents, string Device);
