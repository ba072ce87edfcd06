using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Networks.Cpu;

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

    /// <summary>Each row of a product is summed in the same order, whatever stands above and below it.</summary>
    public bool IsBatchInvariant => true;

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

/// <summary>Word, position and token-type embeddings, summed and normalised. All token types are 0.</summary>
internal sealed unsafe class CpuEmbeddings : IDisposable
{
    private readonly long _width;
    private readonly CpuMatrix _wordsAndType;
    private readonly CpuMatrix _positions;
    private readonly CpuNorm _norm;

    public CpuEmbeddings(BertCheckpoint checkpoint)
    {
        var (stored, config) = (checkpoint.Embeddings, checkpoint.Config);
        _width = config.HiddenSize;
        _wordsAndType = CpuWeights.Table(stored.Words);
        using var types = CpuWeights.Table(stored.TokenTypes);
        AddTo(_wordsAndType, types.Numbers[..config.HiddenSize]); // (word + type) + position is the reference's order
        _positions = CpuWeights.Table(stored.Positions);
        _norm = CpuWeights.Norm(stored.Norm, config.LayerNormEpsilon);
    }

    /// <param name="ids">[tokens]</param>
    /// <param name="cumulativeLengths">[documents + 1]</param>
    /// <param name="hidden">[tokens, hidden]</param>
    public void Run(
        CpuKernels kernels, ReadOnlySpan<int> ids, ReadOnlySpan<int> cumulativeLengths, CpuMatrix hidden, int threads)
    {
        var arguments = new EmbeddingArguments
        {
            Words = _wordsAndType.Data,
            Positions = _positions.Data,
            Width = _width,
            Norm = _norm.Arguments,
        };
        fixed (int* i = ids, lengths = cumulativeLengths)
            NativeKernels.Check(NativeKernels.fineweb_embed(
                kernels.Handle, &arguments, i, lengths, cumulativeLengths.Length - 1, hidden.Data, hidden.Stride,
                threads));
    }

    public void Dispose()
    {
        _wordsAndType.Dispose();
        _positions.Dispose();
        _norm.Dispose();
    }

    private static void AddTo(CpuMatrix table, ReadOnlySpan<float> row)
    {
        var numbers = table.Numbers;
        for (var start = 0; start < numbers.Length; start += row.Length)
        {
            for (var i = 0; i < row.Length; i++)
                numbers[start + i] += row[i];
        }
    }
}

/// <summary>The matrices of a batch on its way through the network, kept for the next one.</summary>
internal sealed class CpuWorkspace(BertConfig config) : IDisposable
{
    /// <summary>[tokens, hidden]: the residual stream</summary>
    public CpuMatrix Hidden { get; } = CpuMatrix.OfRows(config.HiddenSize);

    /// <summary>[tokens, 3 · hidden]: queries, keys and values; [tokens, 2 · hidden] without queries</summary>
    public CpuMatrix Projected { get; } = CpuMatrix.OfRows(3L * config.HiddenSize);

    /// <summary>[documents, hidden]: queries of the last layer</summary>
    public CpuMatrix Queries { get; } = CpuMatrix.OfRows(config.HiddenSize);

    /// <summary>[tokens, hidden]: what attention gave</summary>
    public CpuMatrix Context { get; } = CpuMatrix.OfRows(config.HiddenSize);

    public void Reserve(long tokens, long documents)
    {
        Hidden.Reserve(tokens);
        Projected.Reserve(tokens);
        Queries.Reserve(documents);
        Context.Reserve(tokens);
    }

    /// <summary>Moves the hidden state of each document's [CLS] to the front.</summary>
    public unsafe void KeepFirstTokens(ReadOnlySpan<int> cumulativeLengths)
    {
        for (var document = 1; document + 1 < cumulativeLengths.Length; document++)
            Row(cumulativeLengths[document]).CopyTo(Row(document));

        Span<float> Row(long row) => new(Hidden.Data + row * Hidden.Stride, config.HiddenSize);
    }

    public void Dispose()
    {
        Hidden.Dispose();
        Projected.Dispose();
        Queries.Dispose();
        Context.Dispose();
    }
}
