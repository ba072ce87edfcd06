namespace FineWebTorch.Bench.Pipeline;

/// <summary>What one pass of a file through the pipeline gave.</summary>
/// <param name="Scores">In the order of the file.</param>
/// <param name="Seconds">From opening the file to the last score.</param>
/// <param name="Tokens">Of all documents as they were scored.</param>
/// <param name="DeviceSeconds">From the start of the first batch to the end of the last.</param>
/// <param name="DeviceUse">What the device did and waited for, as the worker reports it.</param>
public sealed record PipelineRun(
    float[] Scores, double Seconds, long Tokens, double DeviceSeconds, string DeviceUse)
{
    public double DocumentsPerSecond => Scores.Length / Seconds;

    /// <summary>Before the first batch nothing can be computed: a window is read and tokenized first.</summary>
    public double LeadSeconds => Seconds - DeviceSeconds;
}
