using FineWebTorch.Model.Safetensors;

namespace FineWebTorch.Model.Kernels.Cpu;

/// <summary>
/// The network on the CPU's fused operators. A document's score has the same bits whatever its neighbours in the batch
/// and however many threads compute.
/// </summary>
internal sealed unsafe class CpuNetwork : INetwork
{
    private readonly List<IDisposable> _parts = [];
    private readonly List<CpuLayer> _layers = [];
    private readonly CpuKernels _kernels;
    private readonly int _threads;
    private readonly CpuEmbeddings _embeddings;
    private readonly PackedLinear _pooler;
    private readonly PackedLinear _classifier;
    private readonly CpuWorkspace _workspace;

    private CpuNetwork(CpuWeights weights, BertConfig config, CpuKernels kernels, int threads)
    {
        (_kernels, _threads) = (kernels, threads);
        try
        {
            _embeddings = Own(new CpuEmbeddings(weights, config));
            for (var index = 0; index < config.Layers; index++)
                _layers.Add(Own(new CpuLayer(weights, config, index)));
            // The head stays in fp32 in every mode.
            _pooler = Own(weights.Linear(kernels, ["bert.pooler.dense"], config.HiddenSize, config.HiddenSize));
            _classifier = Own(weights.Linear(kernels, ["classifier"], 1, config.HiddenSize));
            _workspace = Own(new CpuWorkspace(config));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <exception cref="ModelFileException">The weights do not fit the configuration.</exception>
    public static CpuNetwork Load(WeightSet weights, BertConfig config, ComputeDevice device, ModelDtype dtype)
    {
        var fp32 = device.CpuKernels!;
        var linear = dtype == ModelDtype.BFloat16 ? fp32.InBFloat16()! : fp32;
        return new CpuNetwork(new CpuWeights(weights, linear, device.Threads), config, fp32, device.Threads);
    }

    public void Score(PackedBatch batch, Span<float> scores)
    {
        var lengths = batch.CumulativeLengths.Span;
        _workspace.Reserve(batch.Tokens, batch.Documents);
        _embeddings.Run(_kernels, batch.TokenIds.Span, lengths, _workspace.Hidden, _threads);
        foreach (var layer in _layers)
            layer.Run(_kernels, _workspace, lengths, _threads);
        var hidden = _workspace.Hidden;
        fixed (float* target = scores)
            NativeKernels.Check(NativeKernels.fwk_score(
                _pooler, _classifier, hidden.Data, hidden.Stride, batch.Documents, target, _threads));
    }

    public void Dispose() => _parts.ForEach(part => part.Dispose());

    private T Own<T>(T part)
        where T : IDisposable
    {
        _parts.Add(part);
        return part;
    }
}
