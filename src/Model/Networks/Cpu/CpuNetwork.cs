using FineWebTorch.Model.Files;
using FineWebTorch.Model.Networks;

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

    private CpuNetwork(BertCheckpoint checkpoint, CpuWeights weights, CpuKernels kernels, int threads)
    {
        (_kernels, _threads) = (kernels, threads);
        try
        {
            _embeddings = Own(new CpuEmbeddings(checkpoint));
            for (var index = 0; index < checkpoint.Layers.Count; index++)
                _layers.Add(Own(new CpuLayer(weights, checkpoint, index)));
            // The head stays in fp32 in every mode.
            _pooler = Own(weights.Linear(kernels, [checkpoint.Pooler]));
            _classifier = Own(weights.Linear(kernels, [checkpoint.Classifier]));
            _workspace = Own(new CpuWorkspace(checkpoint.Config));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Kernels => NameOf(_kernels);

    /// <summary>What <see cref="Kernels"/> says of a network with these.</summary>
    public static string NameOf(CpuKernels kernels) => $"fused {kernels.Name}";

    /// <param name="checkpoint">Read while this is called.</param>
    /// <param name="kernels">In fp32; linear layers take the same instruction set's bf16 where that is asked for.</param>
    public static CpuNetwork Load(BertCheckpoint checkpoint, CpuKernels kernels, ModelDtype dtype, int threads)
    {
        var linear = dtype == ModelDtype.BFloat16 ? kernels.InBFloat16()! : kernels;
        return new CpuNetwork(checkpoint, new CpuWeights(linear, threads), kernels, threads);
    }

    public PendingScores Begin(PackedBatch batch)
    {
        var scores = new float[batch.Documents];
        var lengths = batch.CumulativeLengths.Span;
        _workspace.Reserve(batch.Tokens, batch.Documents);
        _embeddings.Run(_kernels, batch.TokenIds.Span, lengths, _workspace.Hidden, _threads);
        foreach (var layer in _layers)
            layer.Run(_kernels, _workspace, lengths, _threads);
        var hidden = _workspace.Hidden;
        fixed (float* target = scores)
            NativeKernels.Check(NativeKernels.fineweb_score(
                _pooler, _classifier, hidden.Data, hidden.Stride, batch.Documents, target, _threads));
        return PendingScores.Completed(scores);
    }

    public void Dispose() => _parts.ForEach(part => part.Dispose());

    private T Own<T>(T part)
        where T : IDisposable
    {
        _parts.Add(part);
        return part;
    }
}
