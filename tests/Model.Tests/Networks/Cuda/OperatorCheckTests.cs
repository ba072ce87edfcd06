using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Cuda;
using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

public sealed class OperatorCheckTests : IDisposable
{
    private static readonly BertConfig Shape = new() { HiddenSize = 96, Heads = 3 };

    private readonly FakeStream _stream = new();

    public void Dispose() => _stream.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void RightOperators_AreUsed(ScalarType type)
    {
        using var kernels = CudaKernels.Choose(Shape, CPU, type, _stream, [], () => HostKernels.Operators(type));

        Assert.IsType<FusedOperators>(kernels.Operators);
        Assert.EndsWith("fused norm", kernels.Names, StringComparison.Ordinal);
    }

    [Fact]
    public void OperatorsOfAnotherType_AreNotUsed_AndAWarningSaysWhy()
    {
        using var kernels = CudaKernels.Choose(
            Shape, CPU, ScalarType.Float32, _stream, [], () => HostKernels.Operators(ScalarType.BFloat16));

        Assert.IsType<ReferenceOperators>(kernels.Operators);
        var warning = Assert.Single(
            kernels.Warnings, line => line.StartsWith("the fused LayerNorm", StringComparison.Ordinal));
        Assert.Contains("addend is Float32, not BFloat16", warning, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', warning);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(1e-3f, 0, "LayerNorm differs")]
    [InlineData(float.NaN, 0, "LayerNorm differs")]
    [InlineData(0, 0.1f, "LayerNorm's copy differs")]
    public void Operators_ThatAreALittleOff_DoNotPass(float residual, float rounded, string? message)
    {
        void Check() => new OperatorCheck(Shape, CPU, ScalarType.BFloat16).Operators(new Shifted(residual, rounded));
        if (message is null)
            Check();
        else
            Assert.StartsWith(message, Assert.Throws<ExternalException>(Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RowsLongerThanABlockHolds_AreTheReferences()
    {
        using var kernels = CudaKernels.Choose(
            Shape with { HiddenSize = 1_536 }, CPU, ScalarType.Float32, _stream, [],
            () => throw new InvalidOperationException("not to be asked for"));
        Assert.IsType<ReferenceOperators>(kernels.Operators);
    }

    [Fact]
    public void Stream_ThatCopies_Passes()
    {
        new OperatorCheck(Shape, CPU, ScalarType.Float32).Stream(_stream);
        Assert.Equal(0, _stream.OpenMarks);
    }

    [Fact]
    public void Gpu_ThatIsNotThere_GivesAWarningAndNoException()
    {
        var warnings = new List<string>();
        Assert.Null(CudaKernels.OnGpu(63, new BertConfig(), ModelDtype.Float16, warnings));
        Assert.StartsWith("batches are computed one by one here: ", Assert.Single(warnings), StringComparison.Ordinal);
    }

    /// <summary>The reference with a small error.</summary>
    private sealed class Shifted(float residual, float rounded) : IEncoderOperators
    {
        private readonly ReferenceOperators _right = new(ScalarType.BFloat16);

        public HiddenState Embed(Tensor words, Tensor positions, Tensor ids, Tensor places, LayerNorm norm) =>
            Shift(_right.Embed(words, positions, ids, places, norm));

        public HiddenState AddNormalize(Tensor residualRows, Tensor addend, LayerNorm norm) =>
            Shift(_right.AddNormalize(residualRows, addend, norm));

        private HiddenState Shift(HiddenState state) => new(state.Residual + residual, state.Rounded + rounded);
    }
}
