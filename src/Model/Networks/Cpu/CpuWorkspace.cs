namespace FineWebTorch.Model.Kernels.Cpu;

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
