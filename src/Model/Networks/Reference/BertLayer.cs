using FineWebTorch.Model.Files;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>
/// One layer: self-attention and feed-forward part, each followed by residual sum and LayerNorm. The residual stream
/// is fp32 in every mode. The last one computes queries, and all that follows attention, for the first token of each
/// document alone.
/// </summary>
internal sealed class BertLayer : IDisposable
{
    private readonly Linear? _query; // of the last layer, where it stands alone
    private readonly Linear _keyValue; // of the others: query, key and value
    private readonly Linear _attentionOutput;
    private readonly LayerNorm _attentionNorm;
    private readonly Linear _intermediate;
    private readonly Linear _output;
    private readonly LayerNorm _outputNorm;

    public BertLayer(LayerTensors stored, BertConfig config, TorchWeights weights, bool isLast)
    {
        _query = isLast ? weights.Linear(stored.Query) : null;
        _keyValue = isLast
            ? weights.Linear(stored.Key, stored.Value)
            : weights.Linear(stored.Query, stored.Key, stored.Value);
        _attentionOutput = weights.Linear(stored.AttentionOutput);
        _attentionNorm = weights.LayerNorm(stored.AttentionNorm, config);
        _intermediate = weights.Linear(stored.Intermediate);
        _output = weights.Linear(stored.Output);
        _outputNorm = weights.LayerNorm(stored.OutputNorm, config);
    }

    /// <param name="hidden">[tokens, hidden]; overwritten</param>
    /// <param name="attention">Attention of this batch.</param>
    /// <param name="operators">Of the device.</param>
    /// <returns>[tokens, hidden]</returns>
    public HiddenState Forward(HiddenState hidden, IAttention attention, IEncoderOperators operators)
    {
        using var scope = NewDisposeScope();
        Tensor context;
        using (var queriesKeysValues = _keyValue.Forward(hidden.Rounded))
            context = attention.OfAllTokens(queriesKeysValues);
        return AfterAttention(context, hidden, operators).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The layer for the first token of each document alone. Keys and values are needed of all tokens, everything else
    /// of the first; exact, since nothing after the last layer reads the others.
    /// </summary>
    /// <param name="hidden">[tokens, hidden]</param>
    /// <param name="firstTokens">[documents], int64: the row of each document's [CLS]</param>
    /// <param name="attention">Attention of this batch.</param>
    /// <param name="operators">Of the device.</param>
    /// <returns>[documents, hidden]</returns>
    public HiddenState ForwardFirstTokens(
        HiddenState hidden, Tensor firstTokens, IAttention attention, IEncoderOperators operators)
    {
        using var scope = NewDisposeScope();
        var first = hidden.Rows(firstTokens);
        Tensor context;
        using (var keysValues = _keyValue.Forward(hidden.Rounded))
            context = attention.OfFirstTokens(_query!.Forward(first.Rounded), keysValues);
        return AfterAttention(context, first, operators).MoveToOuterDisposeScope();
    }

    /// <param name="context">[rows, hidden]</param>
    /// <param name="before">[rows, hidden]; overwritten</param>
    /// <param name="operators">Of the device.</param>
    private HiddenState AfterAttention(Tensor context, HiddenState before, IEncoderOperators operators)
    {
        HiddenState attended;
        using (context)
        using (var projected = _attentionOutput.Forward(context))
            attended = operators.AddNormalize(before.Residual, projected, _attentionNorm);
        using (attended)
        using (var wide = _intermediate.Forward(attended.Rounded))
        using (var activated = nn.functional.gelu(wide)) // the exact form, with erf
        using (var projected = _output.Forward(activated))
            return operators.AddNormalize(attended.Residual, projected, _outputNorm);
    }

    public void Dispose()
    {
        _query?.Dispose();
        _keyValue.Dispose();
        _attentionOutput.Dispose();
        _attentionNorm.Dispose();
        _intermediate.Dispose();
        _output.Dispose();
        _outputNorm.Dispose();
    }
}
