using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>What stands between the matrix products and attention, composed of libtorch's operators or fused.</summary>
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
