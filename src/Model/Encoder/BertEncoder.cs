using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>Embeddings and layers, up to the hidden state of each document's [CLS].</summary>
internal sealed class BertEncoder : IDisposable
{
    private readonly BertEmbeddings _embeddings;
    private readonly List<BertLayer> _layers;

    private BertEncoder(BertEmbeddings embeddings, List<BertLayer> layers)
    {
        _embeddings = embeddings;
        _layers = layers;
    }

    public static BertEncoder Load(WeightLoader weights, BertConfig config) => new(
        BertEmbeddings.Load(weights, config),
        [.. Enumerable.Range(0, config.Layers).Select(index => BertLayer.Load(weights, config, index))]);

    /// <param name="input">The tokens of a batch.</param>
    /// <param name="attention">Attention of this batch.</param>
    /// <returns>[documents, hidden] in fp32</returns>
    public Tensor Forward(EncoderInput input, IAttention attention)
    {
        using var scope = NewDisposeScope();
        var hidden = _embeddings.Forward(input.Ids, input.Positions);
        foreach (var layer in _layers.SkipLast(1))
        {
            using var before = hidden;
            hidden = layer.Forward(before, attention);
        }
        return _layers[^1].ForwardFirstTokens(hidden, input.FirstTokens, attention).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _embeddings.Dispose();
        _layers.ForEach(layer => layer.Dispose());
    }
}
