using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>Word, position and token-type embeddings, summed and normalised. All token types are 0.</summary>
internal sealed class BertEmbeddings : IDisposable
{
    private readonly Tensor _wordsAndType;
    private readonly Tensor _positions;
    private readonly LayerNorm _norm;

    private BertEmbeddings(Tensor wordsAndType, Tensor positions, LayerNorm norm)
    {
        _wordsAndType = wordsAndType;
        _positions = positions;
        _norm = norm;
    }

    public static BertEmbeddings Load(WeightLoader weights, BertConfig config)
    {
        const string Name = "bert.embeddings";
        var words = weights.Table($"{Name}.word_embeddings.weight", config.VocabularySize, config.HiddenSize);
        var positions = weights.Table($"{Name}.position_embeddings.weight", config.MaxPositions, config.HiddenSize);
        using var types = weights.Table($"{Name}.token_type_embeddings.weight", config.TokenTypes, config.HiddenSize);
        using (var type = types.narrow(0, 0, 1))
            words.add_(type); // (word + type) + position is the reference's order, so this is exact
        var norm = weights.LayerNorm($"{Name}.LayerNorm", config.HiddenSize, config.LayerNormEpsilon);
        return new BertEmbeddings(words, positions, norm);
    }

    /// <param name="ids">[tokens], int64</param>
    /// <param name="positions">[tokens], int64, from 0 in each document</param>
    /// <param name="operators">Of the device.</param>
    /// <returns>[tokens, hidden]</returns>
    public HiddenState Forward(Tensor ids, Tensor positions, IEncoderOperators operators) =>
        operators.Embed(_wordsAndType, _positions, ids, positions, _norm);

    public void Dispose()
    {
        _wordsAndType.Dispose();
        _positions.Dispose();
        _norm.Dispose();
    }
}
