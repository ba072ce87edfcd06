using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>
/// Softmax attention over the documents of one batch. Queries, keys and values stand side by side in the columns of
/// their matrices, each with its heads side by side.
/// </summary>
internal interface IAttention
{
    /// <param name="queriesKeysValues">[tokens, 3 · hidden]</param>
    /// <returns>[tokens, hidden]</returns>
    Tensor OfAllTokens(Tensor queriesKeysValues);

    /// <summary>The same for the first token of each document alone, the only one that the head reads.</summary>
    /// <param name="queries">[documents, hidden]</param>
    /// <param name="keysValues">[tokens, 2 · hidden]</param>
    /// <returns>[documents, hidden]</returns>
    Tensor OfFirstTokens(Tensor queries, Tensor keysValues);
}

/// <summary>
/// Attention in libtorch's dense products: documents of equal length together, so that neither mask nor padding is
/// needed.
/// </summary>
internal sealed class ReferenceAttention(BertConfig config, IReadOnlyList<SequenceRun> runs) : IAttention
{
    /// <summary>
    /// Most numbers in an attention matrix: on a CPU about what its caches hold (one document of 512 tokens in
    /// BERT-base), on a GPU enough to fill it.
    /// </summary>
    private const long CpuNumbers = 1 << 22, GpuNumbers = 1 << 27;

    private readonly long _heads = config.Heads;
    private readonly long _headSize = config.HeadSize;
    private readonly Scalar _scale = (float)(1 / Math.Sqrt(config.HeadSize));

    /// <summary>Attention of a batch, in runs of the size that suits a device.</summary>
    public static ReferenceAttention Of(BertConfig config, ReadOnlySpan<int> cumulativeLengths, Device device)
    {
        var numbers = device.type == DeviceType.CPU ? CpuNumbers : GpuNumbers;
        return new ReferenceAttention(config, SequenceRun.Of(cumulativeLengths, numbers / config.Heads));
    }

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
        GC.KeepAlive(_scale); // See ReferenceOperators.One
        var weights = nn.functional.softmax(scores, -1, ScalarType.Float32);
        return (weights.dtype == v.dtype ? weights : weights.to_type(v.dtype)).bmm(v);
    }
}

/// <summary>Neighbouring documents of equal length in a packed batch.</summary>
/// <param name="FirstDocument">Index of the first of them.</param>
/// <param name="FirstToken">Index of its [CLS].</param>
/// <param name="Documents">How many.</param>
/// <param name="Length">Tokens of each.</param>
internal readonly record struct SequenceRun(int FirstDocument, int FirstToken, int Documents, int Length)
{
    public int Tokens => Documents * Length;

    /// <summary>Splits a batch into runs of at most <paramref name="maxAttentionPairs"/> token pairs, or one document.</summary>
    /// <param name="cumulativeLengths">[documents + 1]</param>
    /// <param name="maxAttentionPairs">Bounds the attention matrix, which has one number a pair and head.</param>
    public static List<SequenceRun> Of(ReadOnlySpan<int> cumulativeLengths, long maxAttentionPairs)
    {
        var runs = new List<SequenceRun>();
        for (var document = 0; document + 1 < cumulativeLengths.Length; document++)
        {
            var length = cumulativeLengths[document + 1] - cumulativeLengths[document];
            var pairs = (long)length * length;
            if (runs.Count > 0 && runs[^1].Length == length && (runs[^1].Documents + 1) * pairs <= maxAttentionPairs)
                runs[^1] = runs[^1] with { Documents = runs[^1].Documents + 1 };
            else
                runs.Add(new SequenceRun(document, cumulativeLengths[document], 1, length));
        }
        return runs;
    }
}
