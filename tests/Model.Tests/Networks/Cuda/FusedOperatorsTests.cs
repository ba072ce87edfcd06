using FineWebTorch.Model.Networks.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

/// <summary>The text that GPUs run, compiled for the CPU, beside libtorch's operators.</summary>
public sealed class FusedOperatorsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Random _random = new(7);

    public static TheoryData<ScalarType, int, int> Shapes()
    {
        (int, int)[] sizes = [(0, 64), (1, 3), (3, 2), (5, 127), (4, 129), (3, 768), (2, 1024)];
        var shapes = new TheoryData<ScalarType, int, int>();
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16])
        {
            foreach (var (rows, hidden) in sizes)
                shapes.Add(type, rows, hidden);
        }

        return shapes;
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AddNormalize_EqualsTheReference(ScalarType type, int rows, int hidden)
    {
        using var fused = HostKernels.Operators(type);
        var (residual, addend, norm) = (Numbers(rows, hidden), Numbers(rows, hidden).to_type(type), Norm(hidden));

        Same(
            new ReferenceOperators(type).AddNormalize(residual.clone(), addend, norm),
            fused.AddNormalize(residual, addend, norm), type);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Embed_EqualsTheReference(ScalarType type, int rows, int hidden)
    {
        using var fused = HostKernels.Operators(type);
        var (words, positions, norm) = (Numbers(11, hidden), Numbers(5, hidden), Norm(hidden));
        var (ids, places) = (Indices(rows, 11), Indices(rows, 5));

        Same(
            new ReferenceOperators(type).Embed(words, positions, ids, places, norm),
            fused.Embed(words, positions, ids, places, norm), type);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Row_ThatIsNotFinite_SpoilsItselfAlone(float odd)
    {
        using var fused = HostKernels.Operators(ScalarType.BFloat16);
        var numbers = Enumerable.Range(0, 3 * 200).Select(i => i == 250 ? odd : i % 7).Select(i => (float)i).ToArray();
        var result = fused.AddNormalize(tensor(numbers, [3, 200]), zeros([3, 200], ScalarType.BFloat16), Norm(200));

        var values = Floats(result.Rounded);
        Assert.All(values[..200].Concat(values[400..]), value => Assert.True(float.IsFinite(value)));
        Assert.All(values[200..400], value => Assert.True(float.IsNaN(value)));
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Copy_IsRoundedAsLibtorchRounds(ScalarType type)
    {
        using var fused = HostKernels.Operators(type);
        // Values from the smallest to beyond fp16's largest, among them ties
        var weight = tensor(
            [.. Enumerable.Range(0, 1024).Select(i => MathF.Pow(2, i % 40 - 24) * (1 + i / 1024f))],
            dtype: ScalarType.Float32);
        using var norm = new LayerNorm(weight, zeros([1024]), 1e-12);

        var result = fused.AddNormalize(Numbers(20, 1024), zeros([20, 1024], type), norm);

        Assert.Equal(Floats(result.Residual.to_type(type)), Floats(result.Rounded));
    }

    [Fact]
    public void Result_MayNotBeLongerThanABlockHolds()
    {
        using var fused = HostKernels.Operators(ScalarType.Float32);
        var error = Assert.Throws<ArgumentException>(() =>
            fused.AddNormalize(Numbers(1, 1025), Numbers(1, 1025), Norm(1025)));
        Assert.Contains("1025", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_OfOtherTypesShapesOrStrides_AreRefused()
    {
        using var fused = HostKernels.Operators(ScalarType.Float16);
        void Refused(Tensor residual, Tensor addend, LayerNorm norm) => Assert.Throws<ArgumentException>(() =>
            fused.AddNormalize(residual, addend, norm));
        var half = zeros([4, 8], ScalarType.Float16);
        Refused(Numbers(4, 8), Numbers(4, 8), Norm(8));
        Refused(half, half, Norm(8));
        Refused(Numbers(5, 8), half, Norm(8));
        Refused(Numbers(8, 4).transpose(0, 1), half, Norm(8));
        Refused(Numbers(4, 8), half, Norm(7));
    }

    private static void Same(HiddenState expected, HiddenState actual, ScalarType type)
    {
        Assert.Equal(expected.Residual.shape, actual.Residual.shape);
        Assert.Equal(type, actual.Rounded.dtype);
        Assert.All(Floats(expected.Residual).Zip(Floats(actual.Residual)), pair =>
            Assert.Equal(pair.First, pair.Second, 2e-5f));
        Assert.Equal(Floats(actual.Residual.to_type(type)), Floats(actual.Rounded));
    }

    private static float[] Floats(Tensor tensor) =>
        tensor.numel() == 0 ? [] : tensor.to_type(ScalarType.Float32).data<float>().ToArray();

    private Tensor Numbers(int rows, int columns) =>
        tensor([.. Enumerable.Range(0, rows * columns).Select(_ => 4 * _random.NextSingle() - 2)], [rows, columns]);

    private Tensor Indices(int count, int below) =>
        tensor([.. Enumerable.Range(0, count).Select(_ => (long)_random.Next(below))], dtype: ScalarType.Int64);

    private LayerNorm Norm(int hidden) => new(Numbers(1, hidden).view(-1), Numbers(1, hidden).view(-1), 1e-12);
}
