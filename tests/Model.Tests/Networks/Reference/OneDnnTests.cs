using FineWebTorch.Model.Networks.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Reference;

/// <summary>The linear layers of the reference network on a CPU, beside libtorch's in float64.</summary>
public sealed class OneDnnTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 768, 1)]
    [InlineData(3, 7, 5)]
    [InlineData(130, 64, 33)]
    [InlineData(257, 768, 96)]
    public void Linear_InFloat32_IsTheProduct(int rows, int inputs, int outputs)
    {
        var (x, weight, bias) = (randn(rows, inputs), randn(outputs, inputs), randn(outputs));
        using var linear = new Linear(weight.clone(), bias.clone());

        var actual = linear.Forward(x);

        var expected = nn.functional.linear(
            x.to_type(ScalarType.Float64), weight.to_type(ScalarType.Float64), bias.to_type(ScalarType.Float64));
        Assert.Equal([rows, outputs], actual.shape);
        Assert.True(actual.is_contiguous());
        var difference = (actual.to_type(ScalarType.Float64) - expected).abs().max().item<double>();
        Assert.InRange(difference, 0, 1e-6 * inputs);
    }

    [Fact]
    public void Linear_OfSomeRowsOfATensor_ReadsThoseAlone()
    {
        var all = randn(20, 16);
        using var linear = new Linear(randn(4, 16), zeros(4));
        var some = linear.Forward(all.narrow(0, 5, 3));
        Assert.True(some.allclose(linear.Forward(all).narrow(0, 5, 3), 1e-5, 1e-6));
    }

    [Fact]
    public void OneDnn_IsThereOnThisKindOfCpu()
    {
        Assert.SkipUnless(
            System.Runtime.Intrinsics.X86.X86Base.IsSupported, "libtorch has it on other CPUs only here and there");
        Assert.True(OneDnn.IsThere);
    }
}
