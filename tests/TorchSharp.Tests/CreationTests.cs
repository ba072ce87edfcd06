using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class CreationTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 4)]
    [InlineData(ScalarType.Float16, 2)]
    [InlineData(ScalarType.BFloat16, 2)]
    [InlineData(ScalarType.Float64, 8)]
    [InlineData(ScalarType.Int64, 8)]
    [InlineData(ScalarType.Int32, 4)]
    [InlineData(ScalarType.Byte, 1)]
    [InlineData(ScalarType.Bool, 1)]
    public void Zeros_OfAnyType_HaveThatTypeAndItsSize(ScalarType type, int size)
    {
        using var scope = NewDisposeScope();
        var tensor = zeros([2L, 3], dtype: type);
        Assert.Equal(type, tensor.dtype);
        Assert.Equal(size, tensor.element_size());
        Assert.Equal([2L, 3], tensor.shape);
        Assert.Equal(new byte[6 * size], tensor.bytes.ToArray());
    }

    [Fact]
    public void Empty_WithoutDimensions_HoldsOneElement()
    {
        using var tensor = empty(Array.Empty<long>());
        Assert.Equal(1, tensor.numel());
        Assert.Equal(0, tensor.ndim);
    }

    [Fact]
    public void Empty_OfZeroRows_IsEmptyAndReadable()
    {
        using var tensor = empty(0, 5);
        Assert.Equal(0, tensor.numel());
        Assert.Equal([0L, 5], tensor.shape);
        Assert.True(tensor.bytes.IsEmpty);
    }

    [Fact]
    public void Full_OfEachScalar_KeepsTheValue()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(2.5f, full([], 2.5f).item<float>());
        Assert.Equal(long.MaxValue, full([], long.MaxValue, ScalarType.Int64).item<long>());
        Assert.True(full([], true, ScalarType.Bool).item<bool>());
        Assert.Equal((Half)0.5, full([], 0.5, ScalarType.Float16).item<Half>());
    }

    [Fact]
    public void Arange_OfIntegers_IsInt64()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([0L, 1, 2, 3], arange(4).data<long>().ToArray());
        Assert.Equal([3, 5, 7], arange(3, 8, 2, ScalarType.Int32).data<int>().ToArray());
    }

    [Fact]
    public void Arange_WithOneRealNumber_IsFloat32()
    {
        using var tensor = arange(0, 1, 0.25);
        Assert.Equal([0f, 0.25f, 0.5f, 0.75f], tensor.data<float>().ToArray());
    }

    [Fact]
    public void Tensor_OfAnArray_CopiesIt()
    {
        float[] values = [1, 2, 3];
        using var tensor = torch.tensor(values);
        values[0] = 9;
        Assert.Equal([1f, 2, 3], tensor.data<float>().ToArray());
    }

    [Fact]
    public void Tensor_OfEachElementType_RoundTrips()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1.5, -2], tensor(new[] { 1.5, -2 }).data<double>().ToArray());
        Assert.Equal([1L, -2], tensor(new[] { 1L, -2 }).data<long>().ToArray());
        Assert.Equal([1, -2], tensor(new[] { 1, -2 }).data<int>().ToArray());
        Assert.Equal([true, false], tensor(new[] { true, false }).data<bool>().ToArray());
        Assert.Equal([(byte)1, (byte)255], tensor(new byte[] { 1, 255 }).data<byte>().ToArray());
        Assert.Equal([(Half)1.5, Half.MaxValue], tensor(new[] { (Half)1.5, Half.MaxValue }).data<Half>().ToArray());
    }

    [Fact]
    public void Tensor_OfAnotherType_IsConverted()
    {
        using var tensor = torch.tensor(new[] { 1.75f, -1.75f }, dtype: ScalarType.Int64);
        Assert.Equal([1L, -1], tensor.data<long>().ToArray());
    }

    [Fact]
    public void Tensor_WithTooFewElements_SaysBothNumbers()
    {
        var error = Assert.Throws<ArgumentException>(() => tensor(new float[5], [2, 3]));
        Assert.Contains("6 vs. 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ZerosLike_ATensor_TakesItsShapeTypeAndNothingElse()
    {
        using var scope = NewDisposeScope();
        var like = zeros_like(ones(2, 2, ScalarType.Int32));
        Assert.Equal(ScalarType.Int32, like.dtype);
        Assert.Equal([0, 0, 0, 0], like.data<int>().ToArray());
        Assert.Equal([2L, 2], empty_like(like).shape);
    }
}
