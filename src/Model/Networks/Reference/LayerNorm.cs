using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Reference;

/// <summary>Normalises each row, always in fp32.</summary>
internal sealed class LayerNorm(Tensor weight, Tensor bias, double epsilon) : IDisposable
{
    private readonly long[] _shape = weight.shape;

    /// <summary>[hidden] in fp32</summary>
    public Tensor Weight { get; } = weight;

    /// <summary>[hidden] in fp32</summary>
    public Tensor Bias { get; } = bias;

    public double Epsilon { get; } = epsilon;

    /// <param name="input">[rows, hidden] in fp32</param>
    /// <returns>[rows, hidden]</returns>
    public Tensor Forward(Tensor input) => nn.functional.layer_norm(input, _shape, Weight, Bias, Epsilon);

    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
