using FineWebTorch.Model;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>Scores texts in this process with the model of a run.</summary>
internal sealed class Rescorer : IDisposable
{
    private readonly EduClassifier _classifier;

    private Rescorer(EduClassifier classifier) => _classifier = classifier;

    /// <summary>What computes.</summary>
    public string Device => _classifier.Device.Name;

    /// <summary>In the run's dtype where the device computes it well, else in fp32.</summary>
    /// <param name="model">Its folder.</param>
    public static Rescorer Load(string model, Dtype runDtype, string deviceName)
    {
        var device = ComputeDevice.Resolve(deviceName);
        var dtype = runDtype switch
        {
            Dtype.Fp16 => ModelDtype.Float16,
            Dtype.Bf16 => ModelDtype.BFloat16,
            _ => ModelDtype.Float32,
        };
        return new Rescorer(EduClassifier.Load(
            model, device, device.SupportedDtypes.Contains(dtype) ? dtype : ModelDtype.Float32));
    }

    /// <param name="texts">UTF-8.</param>
    /// <returns>One score a text.</returns>
    public float[] Score(IReadOnlyList<byte[]> texts) =>
        _classifier.Score(texts.Select(text => (ReadOnlyMemory<byte>)text));

    public void Dispose() => _classifier.Dispose();
}
