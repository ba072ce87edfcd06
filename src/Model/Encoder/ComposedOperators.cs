using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>The operators as libtorch has them.</summary>
internal sealed class ComposedOperators(ScalarType linearType) : IEncoderOperators
{
    public HiddenState Embed(Tensor words, Tensor positions, Tensor ids, Tensor places, LayerNorm norm)
    {
        using var scope = NewDisposeScope();
        var sum = words.index_select(0, ids);
        sum.add_(positions.index_select(0, places));
        return HiddenState.Of(norm.Forward(sum), linearType).MoveToOuterDisposeScope();
    }

    public HiddenState AddNormalize(Tensor residual, Tensor addend, LayerNorm norm)
    {
        residual.add_(addend);
        return HiddenState.Of(norm.Forward(residual), linearType);
    }
}
