using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>The attention operators of libtorch that take packed sequences; both are private to it.</summary>
internal enum AttentionOperator
{
    /// <summary>FlashAttention-2: fp16 and bf16, from compute capability 8.0 on (Dao, arXiv:2307.08691).</summary>
    Flash,

    /// <summary>Memory-efficient attention: also fp32, and older GPUs (Rabe and Staats, arXiv:2112.05682).</summary>
    Efficient,
}

/// <summary>Attention over a packed batch in one call, whatever the lengths of its documents.</summary>
/// <param name="kind">Which operator.</param>
/// <param name="config">Heads and their size.</param>
/// <param name="starts">[documents + 1], int32: where each document begins, and the end of the last.</param>
/// <param name="longest">Tokens of the longest document.</param>
internal sealed unsafe class FusedAttention(AttentionOperator kind, BertConfig config, Tensor starts, int longest)
    : IAttention
{
    /// <summary>Documents in a batch: they are a dimension of the grid of thread blocks.</summary>
    public const int MaxDocuments = 65_535;

    private readonly long _heads = config.Heads;
    private readonly long _headSize = config.HeadSize;

    public Tensor OfAllTokens(Tensor queriesKeysValues)
    {
        using var scope = NewDisposeScope();
        var parts = queriesKeysValues.view(-1, 3, _heads, _headSize);
        return Attend(parts.select(1, 0), parts.select(1, 1), parts.select(1, 2), starts, longest)
            .MoveToOuterDisposeScope();
    }

    public Tensor OfFirstTokens(Tensor queries, Tensor keysValues)
    {
        using var scope = NewDisposeScope();
        var parts = keysValues.view(-1, 2, _heads, _headSize);
        var each = arange(starts.shape[0], dtype: ScalarType.Int32, device: starts.device);
        return Attend(queries.view(-1, _heads, _headSize), parts.select(1, 0), parts.select(1, 1), each, 1)
            .MoveToOuterDisposeScope();
    }

    /// <param name="query">[queries, heads, headSize]</param>
    /// <param name="key">[tokens, heads, headSize]</param>
    /// <param name="value">[tokens, heads, headSize]</param>
    /// <param name="queryStarts">[documents + 1], int32</param>
    /// <param name="mostQueries">Of a document.</param>
    /// <returns>[queries, hidden]</returns>
    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor queryStarts, long mostQueries)
    {
        var library = CudaLibrary.Loaded;
        var attend = kind == AttentionOperator.Flash ? library.FlashAttention : library.EfficientAttention;
        nint result;
        library.Check(attend(
            query.Handle, key.Handle, value.Handle, queryStarts.Handle, starts.Handle, mostQueries, longest, &result));
        GC.KeepAlive(query);
        GC.KeepAlive(key);
        GC.KeepAlive(value);
        GC.KeepAlive(queryStarts);
        GC.KeepAlive(starts);
        return Tensor.UnsafeCreateTensor(result).reshape(-1, _heads * _headSize);
    }
}
