using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Session;

/// <summary>Loads the model of a run onto this worker's device.</summary>
internal interface IModelLoader
{
    /// <param name="folder">Proved files.</param>
    LoadedModel Load(string folder, Dtype dtype);
}

/// <summary>A model that can score.</summary>
internal sealed record LoadedModel(IScorer Scorer, ITextEncoder Encoder, IDisposable? Owner = null);
