namespace FineWebTorch.Model.Kernels.Cpu;

/// <summary>Parameters of a LayerNorm, each [width].</summary>
internal sealed unsafe class CpuNorm(CpuMatrix weight, CpuMatrix bias, float epsilon) : IDisposable
{
    /// <summary>Valid while this object is held.</summary>
    public NormArguments Arguments => new() { Weight = weight.Data, Bias = bias.Data, Epsilon = epsilon };

    public void Dispose()
    {
        weight.Dispose();
        bias.Dispose();
    }
}
