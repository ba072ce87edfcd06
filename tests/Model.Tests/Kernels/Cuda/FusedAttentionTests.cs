using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Cuda;
using FineWebTorch.Model.Networks.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Kernels.Cuda;

/// <summary>
/// The calls of libtorch's private operators, on stand-ins for these with the declarations of two releases. What they
/// compute on a GPU is checked when a model is loaded.
/// </summary>
public sealed class FusedAttentionTests : IDisposable
{
    private static readonly BertConfig Shape = new() { HiddenSize = 24, Heads = 3 };
    private static readonly Lazy<bool> Operators = new(() =>
    {
        NativeTestLibrary.Load("fake_attention.cpp");
        return true;
    });

    private readonly DisposeScope _scope = NewDisposeScope();

    public FusedAttentionTests()
    {
        Assert.SkipUnless(
            TorchRuntime.Library.StartsWith("libtorch 1.", StringComparison.Ordinal),
            $"{TorchRuntime.Library} has the operators itself");
        Assert.True(Operators.Value);
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(AttentionOperator.Flash, ScalarType.BFloat16, 0.03)]
    [InlineData(AttentionOperator.Efficient, ScalarType.Float32, 1e-5)]
    internal void PackedDocuments_AttendAsTheReferenceDoes(AttentionOperator kind, ScalarType type, double tolerance)
    {
        int[] starts = [0, 9, 13, 17, 18, 19, 26];
        var attention = new FusedAttention(kind, Shape, tensor(starts), longest: 9);
        var reference = new ReferenceAttention(Shape, SequenceRun.Of(starts, 60));
        var all = Numbers(26, 72, type);
        var (queries, keysValues) = (Numbers(6, 24, type), Numbers(26, 48, type));

        Close(reference.OfAllTokens(all), attention.OfAllTokens(all), tolerance);
        Close(
            reference.OfFirstTokens(queries, keysValues), attention.OfFirstTokens(queries, keysValues), tolerance);
    }

    [Theory]
    [InlineData(AttentionOperator.Flash, "flash attention has no fp32")]
    [InlineData(AttentionOperator.Efficient, "starts must be int32")]
    internal void Operator_ThatRefuses_IsAnErrorWithItsWords(AttentionOperator kind, string words)
    {
        var starts = tensor([0L, 4], dtype: kind == AttentionOperator.Flash ? ScalarType.Int32 : ScalarType.Int64);
        var attention = new FusedAttention(kind, Shape, starts, longest: 4);
        var error = Assert.Throws<ExternalException>(() => attention.OfAllTokens(Numbers(4, 72, ScalarType.Float32)));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, "flash attention")]
    [InlineData(ScalarType.Float32, "efficient attention")]
    internal void Check_TakesTheFirstOperatorThatPasses(ScalarType type, string expected)
    {
        using var stream = new FakeStream();
        using var kernels = CudaKernels.Choose(
            Shape with { HiddenSize = 96 }, CPU, type, stream, () => throw new DllNotFoundException("none here"));

        Assert.Equal(expected, kernels.Names);
        Assert.IsType<ReferenceOperators>(kernels.Operators);
        Assert.Equal("the fused LayerNorm is not used here: none here", Assert.Single(kernels.Warnings));
    }

    [Fact]
    public void Batch_OfMoreDocumentsThanAGridHolds_IsTheReferences()
    {
        using var stream = new FakeStream();
        using var kernels = CudaKernels.Choose(
            Shape, CPU, ScalarType.Float32, stream, () => throw new DllNotFoundException());
        PackedBatch Batch(int documents) => new(new int[documents], [.. Enumerable.Range(0, documents + 1)]);

        Assert.IsType<FusedAttention>(kernels.AttentionOf(Inputs(65_535), Batch(65_535)));
        Assert.IsType<ReferenceAttention>(kernels.AttentionOf(Inputs(65_536), Batch(65_536)));
    }

    private static Tensor Inputs(int documents) => zeros([EncoderInput.Size(documents, documents)], ScalarType.Int64);

    private static Tensor Numbers(int rows, int columns, ScalarType type)
    {
        var random = new Random(rows);
        return tensor(
            [.. Enumerable.Range(0, rows * columns).Select(_ => 2 * random.NextSingle() - 1)], [rows, columns])
            .to_type(type);
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.All(Floats(expected).Zip(Floats(actual)), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    private static float[] Floats(Tensor tensor) => tensor.to_type(ScalarType.Float32).data<float>().ToArray();
}
