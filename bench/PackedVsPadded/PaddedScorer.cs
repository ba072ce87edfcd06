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
