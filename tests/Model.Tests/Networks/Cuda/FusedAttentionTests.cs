using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks;
using FineWebTorch.Model.Networks.Cuda;
using FineWebTorch.Model.Networks.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

/// <summary>
/// Attention of packed documents in one call, on a script with the operators' arguments that computes on the CPU. What
/// libtorch's own compute on a GPU is checked when a model is loaded.
/// </summary>
public sealed class FusedAttentionTests : IDisposable
{
    private const string OnCpu = """
        def attend(q, k, v, starts_q, starts_k, most_q: int, most_k: int):
            result = torch.zeros_like(q)
            for i in range(starts_q.size(0) - 1):
                a, b = int(starts_q[i]), int(starts_q[i + 1])
                c, d = int(starts_k[i]), int(starts_k[i + 1])
                products = torch.matmul(q[a:b].transpose(0, 1).float(), k[c:d].permute([1, 2, 0]).float())
                weights = products / q.size(2) ** 0.5
                context = torch.matmul(torch.softmax(weights, -1), v[c:d].transpose(0, 1).float())
                result[a:b] = context.transpose(0, 1).type_as(q)
            return result
        """;

    private static readonly BertConfig Shape = new() { HiddenSize = 24, Heads = 3 };

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(ScalarType.BFloat16, 0.03)]
    [InlineData(ScalarType.Float32, 1e-5)]
    public void PackedDocuments_AttendAsTheReferenceDoes(ScalarType type, double tolerance)
    {
        int[] starts = [0, 9, 13, 17, 18, 19, 26];
        using var script = new AttentionOperator("on the CPU", OnCpu);
        var attention = new FusedAttention(script, Shape, tensor(starts), longest: 9);
        var reference = new ReferenceAttention(Shape, SequenceRun.Of(starts, 60));
        var all = Numbers(26, 72, type);
        var (queries, keysValues) = (Numbers(6, 24, type), Numbers(26, 48, type));

        Close(reference.OfAllTokens(all), attention.OfAllTokens(all), tolerance);
        Close(
            reference.OfFirstTokens(queries, keysValues), attention.OfFirstTokens(queries, keysValues), tolerance);
    }

    [Fact]
    public void Operator_ThatRefuses_IsAnErrorWithItsWords()
    {
        using var efficient = AttentionOperator.For(ScalarType.Float32).Single()();
        var attention = new FusedAttention(efficient, Shape, tensor((int[])[0, 4]), longest: 4);
        var error = Assert.Throws<ExternalException>(() => attention.OfAllTokens(Numbers(4, 72, ScalarType.Float32)));
        Assert.StartsWith(
            "Could not run 'aten::_efficient_attention_forward' with arguments from the 'CPU' backend",
            DeviceErrors.LineOf(error), StringComparison.Ordinal);
    }

    /// <summary>libtorch's own scripts compile, and a CPU refuses them in words.</summary>
    [Fact]
    public void LibtorchsOperators_OnTheCpu_AreNotUsed_AndWarningsSayWhy()
    {
        Assert.True(LibTorch.HasPackedAttention);
        using var stream = new FakeStream();
        using var kernels = CudaKernels.Choose(
            Shape, CPU, ScalarType.BFloat16, stream, AttentionOperator.For(ScalarType.BFloat16),
            () => throw new DllNotFoundException("none here"));

        Assert.Equal(ReferenceNetwork.Name, kernels.Names);
        Assert.Collection(
            kernels.Warnings,
            line => OneLine(line, "flash attention is not used here: Could not run 'aten::_flash_attention_forward'"),
            line => OneLine(line, "efficient attention is not used here: Could not run "),
            line => OneLine(line, "the fused LayerNorm is not used here: none here"));

        static void OneLine(string line, string start)
        {
            Assert.StartsWith(start, line, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', line);
        }
    }

    [Fact]
    public void Float32_IsNotGivenToFlashAttention()
    {
        var operators = AttentionOperator.For(ScalarType.Float32).Select(make => make()).ToList();
        Assert.Equal("efficient attention", Assert.Single(operators).Name);
        operators.ForEach(one => one.Dispose());
    }

    [Fact]
    public void Check_TakesTheFirstOperatorThatPasses()
    {
        using var stream = new FakeStream();
        using var kernels = CudaKernels.Choose(
            Shape with { HiddenSize = 96 }, CPU, ScalarType.Float32, stream,
            [
                () => new AttentionOperator("wrong", "def attend(q, k, v, a, b, m: int, n: int):\n    return q * 2.0"),
                () => new AttentionOperator("right", OnCpu),
                () => throw new InvalidOperationException("not to be asked for"),
            ],
            () => throw new DllNotFoundException("none here"));

        Assert.Equal("right", kernels.Names);
        Assert.StartsWith("wrong is not used here: attention differs from the reference by", kernels.Warnings[0],
            StringComparison.Ordinal);
        Assert.IsType<ReferenceOperators>(kernels.Operators);
    }

    [Fact]
    public void Batch_OfMoreDocumentsThanAGridHolds_IsTheReferences()
    {
        using var stream = new FakeStream();
        using var kernels = CudaKernels.Choose(
            Shape, CPU, ScalarType.Float32, stream, [() => new AttentionOperator("on the CPU", OnCpu)],
            () => throw new DllNotFoundException());
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
