namespace FineWebTorch.Model.Kernels.Cpu;

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

    public CpuLayer(CpuWeights weights, BertConfig config, int index)
    {
        _config = config;
        var name = $"bert.encoder.layer.{index}";
        var (hidden, wide) = (config.HiddenSize, config.IntermediateSize);
        var self = $"{name}.attention.self";
        var isLast = index == config.Layers - 1;
        _query = isLast ? weights.Linear([$"{self}.query"], hidden, hidden) : null;
        _keyValue = weights.Linear(
            [.. isLast ? [] : (string[])[$"{self}.query"], $"{self}.key", $"{self}.value"], hidden, hidden);
        _attentionOutput = weights.Linear([$"{name}.attention.output.dense"], hidden, hidden);
        _attentionNorm = weights.Norm($"{name}.attention.output.LayerNorm", hidden, config.LayerNormEpsilon);
        _intermediate = weights.Linear([$"{name}.intermediate.dense"], wide, hidden);
        _output = weights.Linear([$"{name}.output.dense"], hidden, wide);
        _outputNorm = weights.Norm($"{name}.output.LayerNorm", hidden, config.LayerNormEpsilon);
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
            NativeKernels.Check(NativeKernels.fwk_attend(kernels.Handle, &attention, lengths, documents, threads));
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
        NativeKernels.Check(NativeKernels.fwk_after_attention(
            &layer, space.Context.Data, space.Context.Stride, space.Hidden.Data, space.Hidden.Stride, rows, threads));
    }
}
