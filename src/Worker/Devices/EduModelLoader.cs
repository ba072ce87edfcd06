using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Session;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Devices;

/// <summary>Loads classifiers onto one device.</summary>
internal sealed class EduModelLoader(ComputeDevice device, InFlightMemory inFlight, ILogger log) : IModelLoader
{
    public LoadedModel Load(string folder, Dtype dtype)
    {
        var model = EduClassifier.Load(folder, device, ProtoEnums.ToModel(dtype));
        foreach (var warning in model.Warnings)
            log.DeviceWarning(device, warning);
        return new LoadedModel(
            new ModelScorer(model, inFlight.For(model, device)), new ModelTextEncoder(model.Tokenizer), model);
    }
}
