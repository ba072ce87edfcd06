using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Session;

/// <summary>The model of a run and the pipeline that feeds it.</summary>
internal sealed class RunEngine(
    string modelDigest, Dtype dtype, LoadedModel model, ScoringPipeline pipeline) : IDisposable
{
    public ScoringPipeline Pipeline => pipeline;

    /// <summary>Whether it can serve this run as it is.</summary>
    public bool Fits(RunDescription run) => run.Model.Digest == modelDigest && run.Dtype == dtype;

    /// <summary>Waits for the batch in flight.</summary>
    public void Dispose()
    {
        pipeline.Dispose();
        model.Owner?.Dispose();
    }
}

/// <summary>The run that a lease belongs to.</summary>
/// <param name="SharesFileSystem">Paths mean the same here as on the coordinator.</param>
internal sealed record RunContext(RunDescription Description, RunEngine Engine, bool SharesFileSystem);
