using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Session;

namespace FineWebTorch.Worker.Devices;

/// <summary>Loads classifiers onto one device.</summary>
internal sealed class EduModelLoader(ComputeDevice device, InFlightMemory inFlight) : IModelLoader
{
    public LoadedModel Load(string folder, Dtype dtype)
    {
        var model = EduClassifier.Load(folder, device, ProtoEnums.ToModel(dtype));
        return new LoadedModel(
            new ModelScorer(model, inFlight.For(model, device)), new ModelTextEncoder(model.Tokenizer), model);
    }
}
