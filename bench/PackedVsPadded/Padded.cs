using System.Runtime.InteropServices;
using FineWebTorch.Model;
using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.PackedVsPadded;

/// <summary>Scores batches padded to their longest document, on the layers that packed batches run on.</summary>
internal sealed class PaddedScorer(ReferenceNetwork network, BertConfig config)
{
    /// <summary>As many numbers as an attention matrix of the packed path may have.</summary>
    private const long AttentionNumbers = 1 << 22;

    /// <returns>A score a document.</returns>
    public float[] Score(IReadOnlyList<int[]> documents)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var longest = documents.Max(document => document.Length);
        var ids = new long[documents.Count * longest];
        var padding = new bool[documents.Count * longest];
        foreach (var (i, document) in documents.Index())
            for (var j = 0; j < longest; j++)
            {
                var (id, isPadding) = j < document.Length ? (document[j], false) : (0, true);
                (ids[i * longest + j], padding[i * longest + j]) = (id, isPadding);
            }
        var input = new EncoderInput(
            tensor(ids),
            arange(longest, dtype: ScalarType.Int64).expand(documents.Count, longest).reshape(-1),
            arange(0, documents.Count * longest, longest, dtype: ScalarType.Int64));
        var mask = tensor(padding).view(documents.Count, 1, 1, longest);
        var chunk = Math.Max(1, AttentionNumbers / (config.Heads * longest * longest));
        var attention = new PaddedAttention(config, mask, chunk);
        var scores = network.Head.Forward(network.Encoder.Forward(input, attention));
        return MemoryMarshal.Cast<byte, float>(scores.bytes).ToArray();
    }
}

/// <summary>Attention over documents padded to one length, with a mask: what transformers' eager attention does.</summary>
/// <param name="config">The model's shape.</param>
/// <param name="padding">[documents, 1, 1, length], true where there is no token</param>
/// <param name="chunk">Documents whose attention matrices are computed together.</param>
internal sealed class PaddedAttention(BertConfig config, Tensor padding, long chunk) : IAttention
{
    private readonly long _heads = config.Heads;
    private readonly long _headSize = config.HeadSize;
    private readonly float _scale = (float)(1 / Math.Sqrt(config.HeadSize));

    public Tensor OfAllTokens(Tensor queriesKeysValues)
    {
        var (documents, length) = (padding.shape[0], padding.shape[3]);
        var context = empty([documents * length, _heads * _headSize]);
        for (var first = 0L; first < documents; first += chunk)
        {
            using var scope = NewDisposeScope();
            var n = Math.Min(chunk, documents - first);
            var rows = queriesKeysValues.narrow(0, first * length, n * length)
                .view(n, length, 3, _heads, _headSize)
                .permute(2, 0, 3, 1, 4);                                    // [3, n, heads, length, headSize]
            var attended = Attend(rows.select(0, 0), rows.select(0, 1), rows.select(0, 2), first);
            context.narrow(0, first * length, n * length).view(n, length, _heads, _headSize)
                .copy_(attended.transpose(1, 2));
        }
        return context;
    }

    public Tensor OfFirstTokens(Tensor queries, Tensor keysValues)
    {
        var (documents, length) = (padding.shape[0], padding.shape[3]);
        using var scope = NewDisposeScope();
        var rows = keysValues.view(documents, length, 2, _heads, _headSize).permute(2, 0, 3, 1, 4);
        var first = queries.view(documents, _heads, 1, _headSize);
        return Attend(first, rows.select(0, 0), rows.select(0, 1), 0)
            .reshape(documents, _heads * _headSize)
            .MoveToOuterDisposeScope();
    }

    /// <param name="q">[n, heads, queries, headSize]</param>
    /// <param name="k">[n, heads, length, headSize]</param>
    /// <param name="v">[n, heads, length, headSize]</param>
    /// <param name="first">Index of the first document.</param>
    /// <returns>[n, heads, queries, headSize]</returns>
    private Tensor Attend(Tensor q, Tensor k, Tensor v, long first)
    {
        var (n, queries, length) = (q.shape[0], q.shape[2], k.shape[2]);
        var scores = (q * _scale).reshape(n * _heads, queries, _headSize)
            .bmm(k.reshape(n * _heads, length, _headSize).transpose(1, 2))
            .view(n, _heads, queries, length);
        scores.masked_fill_(padding.narrow(0, first, n), float.NegativeInfinity);
        var weights = nn.functional.softmax(scores, -1).view(n * _heads, queries, length);
        return weights.bmm(v.reshape(n * _heads, length, _headSize)).view(n, _heads, queries, _headSize);
    }
}
