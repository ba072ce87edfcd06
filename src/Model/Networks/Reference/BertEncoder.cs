using FineWebTorch.Model.Files;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>Embeddings and layers, up to the hidden state of each document's [CLS].</summary>
internal sealed class BertEncoder : IDisposable
{
    private readonly BertEmbeddings _embeddings;
    private readonly List<BertLayer> _layers;
    private readonly IEncoderOperators _operators;

    public BertEncoder(BertCheckpoint checkpoint, TorchWeights weights, IEncoderOperators operators)
    {
        _embeddings = new BertEmbeddings(checkpoint, weights);
        var last = checkpoint.Layers[^1];
        _layers = [.. checkpoint.Layers.Select(
            layer => new BertLayer(layer, checkpoint.Config, weights, isLast: ReferenceEquals(layer, last)))];
        _operators = operators;
    }

    /// <param name="input">The tokens of a batch.</param>
    /// <param name="attention">Attention of this batch.</param>
    /// <returns>[documents, hidden] in fp32</returns>
    public Tensor Forward(EncoderInput input, IAttention attention)
    {
        using var scope = NewDisposeScope();
        var hidden = _embeddings.Forward(input, _operators);
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

/// <summary>Word, position and token-type embeddings, summed and normalised. All token types are 0.</summary>
internal sealed class BertEmbeddings : IDisposable
{
    private readonly Tensor _wordsAndType;
    private readonly Tensor _positions;
    private readonly LayerNorm _norm;

    public BertEmbeddings(BertCheckpoint checkpoint, TorchWeights weights)
    {
        var stored = checkpoint.Embeddings;
        _wordsAndType = weights.Float32(stored.Words);
        using var types = weights.Float32(stored.TokenTypes);
        using (var type = types.narrow(0, 0, 1))
            ReferenceOperators.Add(_wordsAndType, type); // (word + type) + position is the reference's order, so this is exact
        _positions = weights.Float32(stored.Positions);
        _norm = weights.LayerNorm(stored.Norm, checkpoint.Config);
    }

    /// <returns>[tokens, hidden]</returns>
    public HiddenState Forward(EncoderInput input, IEncoderOperators operators) =>
        operators.Embed(_wordsAndType, _positions, input.Ids, input.Positions, _norm);

    public void Dispose()
    {
        _wordsAndType.Dispose();
        _positions.Dispose();
        _norm.Dispose();
    }
}

/// <summary>What the encoder reads of a batch, on the device; all int64.</summary>
/// <param name="Ids">[tokens]</param>
/// <param name="Positions">[tokens], from 0 in each document</param>
/// <param name="FirstTokens">[documents], the row of each document's [CLS]</param>
internal sealed record EncoderInput(Tensor Ids, Tensor Positions, Tensor FirstTokens)
{
    /// <summary>Numbers that <see cref="Fill"/> writes.</summary>
    public static int Size(int tokens, int documents) => 2 * tokens + documents + 1;

    public static EncoderInput Of(ReadOnlySpan<int> tokenIds, ReadOnlySpan<int> cumulativeLengths, Device device)
    {
        var (tokens, documents) = (tokenIds.Length, cumulativeLengths.Length - 1);
        var host = new long[Size(tokens, documents)];
        Fill(host, tokenIds, cumulativeLengths);
        // One copy to the device for all three.
        return Of(tensor(host, dtype: ScalarType.Int64, device: device), tokens, documents);
    }

    /// <param name="all">What <see cref="Fill"/> has written, on the device.</param>
    public static EncoderInput Of(Tensor all, int tokens, int documents) => new(
        all.narrow(0, 0, tokens), all.narrow(0, tokens, tokens),
        StartsOf(all, tokens, documents).narrow(0, 0, documents));

    /// <summary>[documents + 1]: where each document begins, and the end of the last.</summary>
    /// <param name="all">What <see cref="Fill"/> has written, on the device.</param>
    public static Tensor StartsOf(Tensor all, int tokens, int documents) => all.narrow(0, 2 * tokens, documents + 1);

    /// <summary>Writes ids, positions and cumulative lengths one after another.</summary>
    public static void Fill(Span<long> host, ReadOnlySpan<int> tokenIds, ReadOnlySpan<int> cumulativeLengths)
    {
        var (tokens, documents) = (tokenIds.Length, cumulativeLengths.Length - 1);
        for (var document = 0; document < documents; document++)
        {
            var (first, end) = (cumulativeLengths[document], cumulativeLengths[document + 1]);
            for (var token = first; token < end; token++)
            {
                host[token] = tokenIds[token];
                host[tokens + token] = token - first;
            }
            host[2 * tokens + document] = first;
        }
        host[2 * tokens + documents] = tokens;
    }
}
