using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Devices;

/// <summary>The real model.</summary>
internal sealed class ModelScorer(EduClassifier model, BatchesInFlight inFlight) : IScorer
{
    private readonly DeviceQueue _queue = new(model.Begin, inFlight, model.NumericClass, TimeProvider.System);

    /// <inheritdoc/>
    /// <remarks>A batch that was split says so: another make-up may give other last bits.</remarks>
    public string NumericClass => model.NumericClass;

    public int MaxInFlight => inFlight.Current;

    public IPendingBatch Begin(PackedBatch batch) => _queue.Begin(batch);

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) => model.ScoreAloneInFloat32(tokenIds);
}
