using static TorchSharp.torch;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class PointwiseTests
{
    [Fact]
    public void Arithmetic_WithBroadcasting_MatchesLoops()
    {
        using var scope = NewDisposeScope();
        float[] a = Numbers.Some(6), row = Numbers.Some(3, 2);
        var (x, y) = (Numbers.Tensor(a, 2, 3), tensor(row));
        Numbers.AssertClose(a.Select((value, i) => (double)value + row[i % 3]), x + y);
        Numbers.AssertClose(a.Select((value, i) => value + 2.0 * row[i % 3]), x.add(y, 2));
        Numbers.AssertClose(a.Select((value, i) => (double)value - row[i % 3]), x - y);
        Numbers.AssertClose(a.Select((value, i) => (double)value * row[i % 3]), x * y);
        Numbers.AssertClose(a.Select((value, i) => (double)value / row[i % 3]), x / y);
        Numbers.AssertClose(a.Select(value => -(double)value), -x);
    }

    [Fact]
    public void Arithmetic_WithScalars_MatchesLoops()
    {
        using var scope = NewDisposeScope();
        var a = Numbers.Some(5);
        var x = tensor(a);
        Numbers.AssertClose(a.Select(value => value + 3.0), x + 3);
        Numbers.AssertClose(a.Select(value => value - 0.5), x - 0.5f);
        Numbers.AssertClose(a.Select(value => value * 0.125), 0.125 * x);
        Numbers.AssertClose(a.Select(value => value / 8.0), x / 8);
    }

    [Fact]
    public void InPlaceArithmetic_OnATensor_ReturnsThatTensor()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { 1, 2 });
        Assert.Same(x, x.add_(tensor(new float[] { 1, 1 })).mul_(4).sub_(2).div_(2));
        Assert.Equal([3f, 5], x.data<float>().ToArray());
        x.zero_().fill_(0.5f);
        x.tanh_();
        Numbers.AssertClose([Math.Tanh(0.5), Math.Tanh(0.5)], x);
    }

    [Fact]
    public void Functions_OfEachElement_MatchTheirDefinitions()
    {
        using var scope = NewDisposeScope();
        var a = Numbers.Some(64);
        var x = tensor(a);
        Numbers.AssertClose(a.Select(value => Math.Tanh(value)), x.tanh());
        Numbers.AssertClose(a.Select(value => Numbers.Erf(value)), x.erf());
        Numbers.AssertClose(a.Select(value => Math.Exp(value)), x.exp());
        Numbers.AssertClose(a.Select(value => Math.Sqrt(Math.Abs(value))), x.abs().sqrt());
    }

    [Fact]
    public void Gelu_OfAnyNumber_IsTheErfForm()
    {
        using var scope = NewDisposeScope();
        var a = Numbers.Some(64);
        var expected = a.Select(value => value * 0.5 * (1 + Numbers.Erf(value / Math.Sqrt(2)))).ToArray();
        Numbers.AssertClose(expected, nn.functional.gelu(tensor(a)), 1e-6);
        var inPlace = tensor(a);
        nn.functional.gelu(inPlace, true);
        Numbers.AssertClose(expected, inPlace, 1e-6);
    }

    [Fact]
    public void Comparisons_WithTensorsAndScalars_GiveBooleans()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (tensor(new[] { 1, 2, 3 }), tensor(new[] { 3, 2, 1 }));
        Assert.Equal([false, true, false], x.eq(y).data<bool>().ToArray());
        Assert.Equal([true, false, true], x.ne(y).data<bool>().ToArray());
        Assert.Equal([true, false, false], x.lt(y).data<bool>().ToArray());
        Assert.Equal([true, true, false], x.le(2).data<bool>().ToArray());
        Assert.Equal([false, false, true], x.gt(2).data<bool>().ToArray());
        Assert.Equal([false, true, true], x.ge(y).logical_not().logical_not().data<bool>().ToArray());
    }

    [Fact]
    public void MaskedFill_WithABooleanMask_ChangesThoseElements()
    {
        using var scope = NewDisposeScope();
        var (x, mask) = (tensor(new float[] { 1, 2, 3 }), tensor(new[] { true, false, true }));
        var filled = x.masked_fill(mask, float.NegativeInfinity);
        Assert.Equal([float.NegativeInfinity, 2, float.NegativeInfinity], filled.data<float>().ToArray());
        Assert.Equal([1f, 2, 3], x.data<float>().ToArray());
        Assert.Same(x, x.masked_fill_(mask, 0));
        Assert.Equal([0f, 2, 0], x.data<float>().ToArray());
        Assert.Equal([9f, 2, 9], where(mask, full([3L], 9), x).data<float>().ToArray());
    }

    [Fact]
    public void Clamp_WithOneBound_LeavesTheOtherSide()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { -7, 2, 9 });
        Assert.Equal([0f, 2, 5], x.clamp(0, 5).data<float>().ToArray());
        Assert.Equal([-7f, 2, 5], x.clamp(max: 5).data<float>().ToArray());
    }

    [Fact]
    public void Reductions_OfAMatrix_MatchLoops()
    {
        using var scope = NewDisposeScope();
        var x = arange(6, dtype: ScalarType.Float32).view(2, 3);
        Assert.Equal(15f, x.sum().item<float>());
        Assert.Equal([3f, 12], x.sum(1).data<float>().ToArray());
        Assert.Equal([1L, 3], x.sum(0, keepdim: true).shape);
        Assert.Equal(2.5f, x.mean().item<float>());
        Assert.Equal((5f, 0f), (x.max().item<float>(), x.min().item<float>()));
        Assert.Equal(3L, x.gt(2).sum().item<long>());
        Assert.Equal((true, false), (x.gt(2).any().item<bool>(), x.gt(2).all().item<bool>()));
    }

    [Fact]
    public void IsFinite_OfOddNumbers_FindsThem()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, float.NaN, float.PositiveInfinity]);
        Assert.Equal([true, false, false], isfinite(x).data<bool>().ToArray());
        Assert.Equal([false, true, false], x.isnan().data<bool>().ToArray());
        Assert.True(x.allclose(x, equal_nan: true));
        Assert.False(x.allclose(x));
    }
}
