using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Networks.Cpu;

/// <summary>
/// One layer on the fused operators. The last one computes queries, and all that follows attention, for the first token
/// of each document alone: the head reads nothing else.
/// </summary>
internal sealed unsafe class CpuLayer : IDisposable
{
    private readonly BertConfig _config;
    private readonly PackedLinear? _query;
    private readonly PackedLinear _keyValue;
    private readonly PackedLinear _attentionOutput;
    private readonly CpuNorm _attentionNorm;
    private readonly PackedLinear _intermediate;
    private readonly PackedLinear _output;
    private readonly CpuNorm _outputNorm;

    public CpuLayer(CpuWeights weights, BertCheckpoint checkpoint, int index)
    {
        _config = checkpoint.Config;
        var stored = checkpoint.Layers[index];
        var isLast = index == _config.Layers - 1;
        _query = isLast ? weights.Linear(stored.Query) : null;
        _keyValue = isLast
            ? weights.Linear(stored.Key, stored.Value)
            : weights.Linear(stored.Query, stored.Key, stored.Value);
        _attentionOutput = weights.Linear(stored.AttentionOutput);
        _attentionNorm = CpuWeights.Norm(stored.AttentionNorm, _config.LayerNormEpsilon);
        _intermediate = weights.Linear(stored.Intermediate);
        _output = weights.Linear(stored.Output);
        _outputNorm = CpuWeights.Norm(stored.OutputNorm, _config.LayerNormEpsilon);
    }

    /// <param name="space">
    /// Its hidden states, [tokens, hidden], are read and overwritten; the last layer leaves [documents, hidden].
    /// </param>
    /// <param name="cumulativeLengths">[documents + 1]</param>
    public void Run(CpuKernels kernels, CpuWorkspace space, ReadOnlySpan<int> cumulativeLengths, int threads)
    {
        var (tokens, documents) = (cumulativeLengths[^1], cumulativeLengths.Length - 1);
        _keyValue.Run(space.Hidden, tokens, false, space.Projected, threads);
        var hidden = (long)_config.HiddenSize;
        var projected = space.Projected.Data;
        var attention = new AttentionArguments
        {
            Queries = projected,
            QueryStride = space.Projected.Stride,
            Keys = projected + (_query is null ? hidden : 0),
            Values = projected + (_query is null ? 2 * hidden : hidden),
            KeyValueStride = space.Projected.Stride,
            Heads = _config.Heads,
            HeadSize = _config.HeadSize,
            Output = space.Context.Data,
            OutputStride = space.Context.Stride,
        };
        if (_query is not null)
        {
            space.KeepFirstTokens(cumulativeLengths);
            _query.Run(space.Hidden, documents, false, space.Queries, threads);
            attention.Queries = space.Queries.Data;
            attention.QueryStride = space.Queries.Stride;
            attention.FirstOnly = 1;
        }
        fixed (int* lengths = cumulativeLengths)
            NativeKernels.Check(NativeKernels.fineweb_attend(kernels.Handle, &attention, lengths, documents, threads));
        AfterAttention(space, _query is null ? tokens : documents, threads);
    }

    public void Dispose()
    {
        _query?.Dispose();
        _keyValue.Dispose();
        _attentionOutput.Dispose();
        _attentionNorm.Dispose();
        _intermediate.Dispose();
        _output.Dispose();
        _outputNorm.Dispose();
    }

    private void AfterAttention(CpuWorkspace space, long rows, int threads)
    {
        var layer = new LayerArguments
        {
            Output = _attentionOutput.Pointer,
            Intermediate = _intermediate.Pointer,
            Down = _output.Pointer,
            AttentionNorm = _attentionNorm.Arguments,
            OutputNorm = _outputNorm.Arguments,
        };
        NativeKernels.Check(NativeKernels.fineweb_after_attention(
            &layer, space.Context.Data, space.Context.Stride, space.Hidden.Data, space.Hidden.Stride, rows, threads));
    }
}
