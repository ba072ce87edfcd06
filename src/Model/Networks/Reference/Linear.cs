using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>
/// <c>y = x Wᵀ + b</c>, computed in the type of the weights whatever the type of the input; the output has that type.
/// </summary>
internal sealed class Linear(Tensor weight, Tensor bias) : IDisposable
{
    /// <param name="input">[rows, in]</param>
    /// <returns>[rows, out]</returns>
    public Tensor Forward(Tensor input)
    {
        if (input.dtype == weight.dtype)
            return nn.functional.linear(input, weight, bias);
        using var rounded = input.to_type(weight.dtype);
        return nn.functional.linear(rounded, weight, bias);
    }

    /// <summary>A layer of some of the output columns; shares the weights and must not outlive this one.</summary>
    public Linear Columns(long start, long count) => new(weight.narrow(0, start, count), bias.narrow(0, start, count));

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}
