using FineWebTorch.Model.Files;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary><c>w · tanh(P h + b) + c</c>: BERT's pooler and one output, in fp32 in every mode.</summary>
internal sealed class RegressionHead(BertCheckpoint checkpoint, TorchWeights weights) : IDisposable
{
    private readonly Linear _pooler = weights.Float32Linear(checkpoint.Pooler);
    private readonly Linear _classifier = weights.Float32Linear(checkpoint.Classifier);

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
