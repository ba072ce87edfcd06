using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary><c>w · tanh(P h + b) + c</c>: BERT's pooler and one output, in fp32 in every mode.</summary>
internal sealed class RegressionHead : IDisposable
{
    private readonly Linear _pooler;
    private readonly Linear _classifier;

    private RegressionHead(Linear pooler, Linear classifier)
    {
        _pooler = pooler;
        _classifier = classifier;
    }

    public static RegressionHead Load(WeightLoader weights, BertConfig config) => new(
        weights.Float32Linear("bert.pooler.dense", config.HiddenSize, config.HiddenSize),
        weights.Float32Linear("classifier", 1, config.HiddenSize));

    /// <param name="firstTokens">[documents, hidden] in fp32: the encoder's output for each [CLS]</param>
    /// <returns>[documents]</returns>
    public Tensor Forward(Tensor firstTokens)
    {
        using var scope = NewDisposeScope();
        var pooled = _pooler.Forward(firstTokens).tanh();
        return _classifier.Forward(pooled).view(-1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _pooler.Dispose();
        _classifier.Dispose();
    }
}
