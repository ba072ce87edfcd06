using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>Embeddings and layers, up to the hidden state of each document's [CLS].</summary>
internal sealed class BertEncoder : IDisposable
{
    private readonly BertEmbeddings _embeddings;
    private readonly List<BertLayer> _layers;
    private readonly IEncoderOperators _operators;

    private BertEncoder(BertEmbeddings embeddings, List<BertLayer> layers, IEncoderOperators operators)
    {
        _embeddings = embeddings;
        _layers = layers;
        _operators = operators;
    }

    public static BertEncoder Load(WeightLoader weights, BertConfig config, IEncoderOperators operators) => new(
        BertEmbeddings.Load(weights, config),
        [.. Enumerable.Range(0, config.Layers).Select(index => BertLayer.Load(weights, config, index))],
        operators);

    /// <param name="input">The tokens of a batch.</param>
    /// <param name="attention">Attention of this batch.</param>
    /// <returns>[documents, hidden] in fp32</returns>
    public Tensor Forward(EncoderInput input, IAttention attention)
    {
        using var scope = NewDisposeScope();
        var hidden = _embeddings.Forward(input.Ids, input.Positions, _operators);
        foreach (var layer in _layers.SkipLast(1))
        {
            using var before = hidden;
            hidden = layer.Forward(before, attention, _operators);
        }
        return _layers[^1].ForwardFirstTokens(hidden, input.FirstTokens, attention, _operators)
            .Residual.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _embeddings.Dispose();
        _layers.ForEach(layer => layer.Dispose());
    }
}
