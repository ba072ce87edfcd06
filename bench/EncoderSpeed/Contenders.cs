using FineWebTorch.Bench;
using FineWebTorch.Model;

namespace FineWebTorch.EncoderSpeed;

/// <summary>Everyone who is measured, loaded once for all cases.</summary>
internal sealed class Contenders : IDisposable
{
    private readonly Dictionary<ModelDtype, EduClassifier> _ours = [];
    private readonly EduClassifier _reference;

    public Contenders(string model, int threads)
    {
        Threads = threads;
        var device = ComputeDevice.Resolve("cpu", threads);
        foreach (var dtype in (ReadOnlySpan<ModelDtype>)[ModelDtype.Float32, ModelDtype.BFloat16])
            if (device.SupportedDtypes.Contains(dtype))
                _ours.Add(dtype, EduClassifier.Load(model, device, dtype));
        _reference = EduClassifier.Load(
            model, ComputeDevice.Resolve("cpu", threads, KernelChoice.Reference), ModelDtype.Float32);
        Peer = new OnnxPeer(Path.Combine(model, "onnx", "model.onnx"), threads);
        foreach (var optimization in OnnxPeer.Optimizations)
            Peer.Load(optimization);
    }

    public int Threads { get; }

    public OnnxPeer Peer { get; }

    public BertConfig Config => _ours[ModelDtype.Float32].Config;

    public string NumericClass => _ours[ModelDtype.Float32].NumericClass;

    /// <summary>The types in which ours computes here, fp32 first.</summary>
    public IEnumerable<ModelDtype> Dtypes => _ours.Keys.Order();

    /// <returns>Seconds.</returns>
    public double Score(ModelDtype dtype, EncoderCase one, float[] scores) =>
        Clock.Seconds(() => _ours[dtype].Score(one.Batch, scores));

    /// <summary>The network that computes where the kernels are not installed, in fp32.</summary>
    /// <returns>Seconds.</returns>
    public double ScoreByReference(EncoderCase one, float[] scores) =>
        Clock.Seconds(() => _reference.Score(one.Batch, scores));

    public void Dispose()
    {
        _reference.Dispose();
        Peer.Dispose();
        foreach (var classifier in _ours.Values)
            classifier.Dispose();
    }
}
