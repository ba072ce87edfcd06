using static TorchSharp.torch;

namespace FineWebTorch.Model;

/// <summary>
/// <c>y = x Wᵀ + b</c>, computed in the type of the weights whatever the type of the input; the output has that type.
/// </summary>
internal sealed class Linear(Tensor weight, Tensor bias) : IDisposable
{
    /// <summary>[out, in]</summary>
    public Tensor Weight { get; } = weight;

    /// <summary>[out]</summary>
    public Tensor Bias { get; } = bias;

    /// <param name="input">[rows, in]</param>
    /// <returns>[rows, out]</returns>
    public Tensor Forward(Tensor input)
    {
        if (input.dtype == Weight.dtype)
            return nn.functional.linear(input, Weight, Bias);
        using var rounded = input.to_type(Weight.dtype);
        return nn.functional.linear(rounded, Weight, Bias);
    }

    /// <summary>A layer of some of the output columns; shares the weights and must not outlive this one.</summary>
    public Linear Columns(long start, long count) => new(Weight.narrow(0, start, count), Bias.narrow(0, start, count));

    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
