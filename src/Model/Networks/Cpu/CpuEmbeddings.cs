using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Kernels.Cpu;

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
