using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>
/// Attention over a packed batch, composed of dense products: documents of equal length together, so that no mask and
/// no padding is needed.
/// </summary>
internal sealed class PackedAttention(BertConfig config, IReadOnlyList<SequenceRun> runs) : IAttention
{
    private readonly long _heads = config.Heads;
    private readonly long _headSize = config.HeadSize;
    private readonly float _scale = (float)(1 / Math.Sqrt(config.HeadSize));

    public Tensor OfAllTokens(Tensor queriesKeysValues)
    {
        var context = empty(
            [queriesKeysValues.shape[0], _heads * _headSize], queriesKeysValues.dtype, queriesKeysValues.device);
        foreach (var run in runs)
        {
            using var scope = NewDisposeScope();
            var (n, length) = (run.Documents, run.Length);
            var rows = queriesKeysValues.narrow(0, run.FirstToken, run.Tokens)
                .view(n, length, 3, _heads, _headSize)
                .permute(2, 0, 3, 1, 4);                                    // [3, n, heads, length, headSize]
            var attended = Attend(Part(rows, 0), Part(rows, 1), Part(rows, 2))
                .view(n, _heads, length, _headSize)
                .transpose(1, 2);                                           // [n, length, heads, headSize]
            context.narrow(0, run.FirstToken, run.Tokens).view(n, length, _heads, _headSize).copy_(attended);
        }
        return context;
    }

    public Tensor OfFirstTokens(Tensor queries, Tensor keysValues)
    {
        var context = empty([queries.shape[0], _heads * _headSize], queries.dtype, queries.device);
        foreach (var run in runs)
        {
            using var scope = NewDisposeScope();
            var n = run.Documents;
            var rows = keysValues.narrow(0, run.FirstToken, run.Tokens)
                .view(n, run.Length, 2, _heads, _headSize)
                .permute(2, 0, 3, 1, 4);                                    // [2, n, heads, length, headSize]
            var first = queries.narrow(0, run.FirstDocument, n).view(n * _heads, 1, _headSize);
            var attended = Attend(first, Part(rows, 0), Part(rows, 1));     // [n · heads, 1, headSize]
            context.narrow(0, run.FirstDocument, n).copy_(attended.view(n, _heads * _headSize));
        }
        return context;
    }

    /// <param name="rows">[parts, n, heads, length, headSize]</param>
    /// <param name="part">Which of the parts.</param>
    /// <returns>[n · heads, length, headSize], contiguous</returns>
    private Tensor Part(Tensor rows, long part) => rows.select(0, part).reshape(-1, rows.shape[3], _headSize);

    /// <summary>
    /// <c>softmax(q kᵀ / √headSize) v</c>. The scale goes onto q first, lest fp16 overflow in the product; the softmax
    /// is in fp32 in every mode.
    /// </summary>
    private Tensor Attend(Tensor q, Tensor k, Tensor v)
    {
        var scores = (q * _scale).bmm(k.transpose(1, 2));                   // [n · heads, queries, length]
        var weights = nn.functional.softmax(scores, -1, ScalarType.Float32);
        return (weights.dtype == v.dtype ? weights : weights.to_type(v.dtype)).bmm(v);
    }
}
