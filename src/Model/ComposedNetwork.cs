using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>
/// The network composed of libtorch's own operators: runs on every device, and is what fused kernels are compared with.
/// </summary>
internal sealed class ComposedNetwork : INetwork
{
    /// <summary>
    /// Most numbers in an attention matrix: on a CPU about what its caches hold (one document of 512 tokens in
    /// BERT-base), on a GPU enough to fill it.
    /// </summary>
    private const long CpuAttentionNumbers = 1 << 22, GpuAttentionNumbers = 1 << 27;

    private readonly BertConfig _config;
    private readonly Device _device;
    private readonly int _threads;

    private ComposedNetwork(BertConfig config, ComputeDevice device, BertEncoder encoder, RegressionHead head)
    {
        _config = config;
        _device = device.TorchDevice;
        _threads = device.Threads;
        Encoder = encoder;
        Head = head;
    }

    public BertEncoder Encoder { get; }

    public RegressionHead Head { get; }

    public static ComposedNetwork Load(WeightLoader weights, BertConfig config, ComputeDevice device)
    {
        using var scope = NewDisposeScope(); // frees what was loaded before a failure
        var network = new ComposedNetwork(
            config, device, BertEncoder.Load(weights, config, new ComposedOperators(weights.LinearType)),
            RegressionHead.Load(weights, config));
        foreach (var weight in scope.DisposablesView)
            scope.Detach(weight);
        return network;
    }

    public void Score(PackedBatch batch, Span<float> scores)
    {
        if (_threads > 0)
            set_num_threads(_threads); // OpenMP keeps this number for each calling thread
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var lengths = batch.CumulativeLengths.Span;
        var numbers = _device.type == DeviceType.CPU ? CpuAttentionNumbers : GpuAttentionNumbers;
        var runs = SequenceRun.Of(lengths, numbers / _config.Heads);
        var input = EncoderInput.Of(batch.TokenIds.Span, lengths, _device);
        var result = Head.Forward(Encoder.Forward(input, new PackedAttention(_config, runs))).cpu();
        MemoryMarshal.Cast<byte, float>(result.bytes).CopyTo(scores);
    }

    public void Dispose()
    {
        Encoder.Dispose();
        Head.Dispose();
    }
}
