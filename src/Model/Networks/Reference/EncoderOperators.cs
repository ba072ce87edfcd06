using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>What stands between the matrix products and attention: libtorch's operators, or fused ones.</summary>
internal interface IEncoderOperators
{
    /// <summary><c>LayerNorm(words[ids] + positions[places])</c></summary>
    /// <param name="words">[vocabulary, hidden] in fp32</param>
    /// <param name="positions">[positions, hidden] in fp32</param>
    /// <param name="ids">[rows], int64</param>
    /// <param name="places">[rows], int64</param>
    /// <param name="norm">[hidden]</param>
    /// <returns>[rows, hidden]</returns>
    HiddenState Embed(Tensor words, Tensor positions, Tensor ids, Tensor places, LayerNorm norm);

    /// <summary><c>LayerNorm(residual + addend)</c></summary>
    /// <param name="residual">[rows, hidden] in fp32; may be overwritten</param>
    /// <param name="addend">[rows, hidden] in the type of the linear layers</param>
    /// <param name="norm">[hidden]</param>
    /// <returns>[rows, hidden]</returns>
    HiddenState AddNormalize(Tensor residual, Tensor addend, LayerNorm norm);
}

/// <summary>The operators as libtorch has them.</summary>
internal sealed class ReferenceOperators(ScalarType linearType) : IEncoderOperators
{
    /// <summary>
    /// Held for good: TorchSharp hands libtorch the bare address of a number that it makes for the call, and the
    /// collector may free that before the operator has read it.
    /// </summary>
    private static readonly Scalar One = 1;

    public HiddenState Embed(Tensor words, Tensor positions, Tensor ids, Tensor places, LayerNorm norm)
    {
        using var scope = NewDisposeScope();
        var sum = words.index_select(0, ids);
        Add(sum, positions.index_select(0, places));
        return HiddenState.Of(norm.Forward(sum), linearType).MoveToOuterDisposeScope();
    }

    public HiddenState AddNormalize(Tensor residual, Tensor addend, LayerNorm norm)
    {
        Add(residual, addend);
        return HiddenState.Of(norm.Forward(residual), linearType);
    }

    /// <summary>Adds in place.</summary>
    internal static void Add(Tensor sum, Tensor addend) => sum.add_(addend, One);
}

/// <summary>The rows between two layers.</summary>
/// <param name="Residual">[rows, hidden] in fp32</param>
/// <param name="Rounded">The same in the type of the linear layers; the same tensor where that is fp32.</param>
internal sealed record HiddenState(Tensor Residual, Tensor Rounded) : IDisposable
{
    private bool IsOne => ReferenceEquals(Residual, Rounded);

    public static HiddenState Of(Tensor residual, ScalarType linearType) => new(
        residual, residual.dtype == linearType ? residual : residual.to_type(linearType));

    /// <summary>Some of the rows.</summary>
    public HiddenState Rows(Tensor indices)
    {
        var residual = Residual.index_select(0, indices);
        return new HiddenState(residual, IsOne ? residual : Rounded.index_select(0, indices));
    }

    public HiddenState MoveToOuterDisposeScope()
    {
        Residual.MoveToOuterDisposeScope();
        if (!IsOne)
            Rounded.MoveToOuterDisposeScope();
        return this;
    }

    public void Dispose()
    {
        Residual.Dispose();
        Rounded.Dispose();
    }
}
