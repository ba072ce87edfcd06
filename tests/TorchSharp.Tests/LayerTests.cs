using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace FineWebTorch.TorchSharp.Tests;

public sealed class LayerTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 2)]
    [InlineData(17, 33, 65)]
    public void Linear_WithBias_MatchesLoops(int rows, int width, int outputs)
    {
        using var scope = NewDisposeScope();
        float[] x = Numbers.Some(rows * width), w = Numbers.Some(outputs * width, 2), b = Numbers.Some(outputs, 3);
        var expected = Numbers.Product(x, Numbers.Transposed(w, outputs, width), rows, width, outputs);
        var plain = F.linear(Numbers.Tensor(x, rows, width), Numbers.Tensor(w, outputs, width));
        Numbers.AssertClose(expected, plain);
        var biased = F.linear(Numbers.Tensor(x, rows, width), Numbers.Tensor(w, outputs, width), tensor(b));
        Numbers.AssertClose(expected.Select((value, i) => value + b[i % outputs]), biased);
    }

    [Fact]
    public void Products_OfMatrices_MatchLoops()
    {
        using var scope = NewDisposeScope();
        float[] a = Numbers.Some(2 * 3 * 4), b = Numbers.Some(2 * 4 * 5, 2), c = Numbers.Some(3 * 5, 3);
        double[] product = [
            .. Numbers.Product(a.AsSpan(0, 12), b.AsSpan(0, 20), 3, 4, 5),
            .. Numbers.Product(a.AsSpan(12), b.AsSpan(20), 3, 4, 5)];
        var (x, y, z) = (Numbers.Tensor(a, 2, 3, 4), Numbers.Tensor(b, 2, 4, 5), Numbers.Tensor(c, 3, 5));
        Numbers.AssertClose(product, x.bmm(y));
        Numbers.AssertClose(product.Take(15), x[0].mm(y[0]));
        var added = product.Take(15).Select((value, i) => 0.5 * c[i] + 2 * value);
        Numbers.AssertClose(added, z.addmm(x[0], y[0], beta: 0.5f, alpha: 2));
    }

    [Fact]
    public void LayerNorm_OverTheLastDimension_MatchesLoops()
    {
        using var scope = NewDisposeScope();
        float[] x = Numbers.Some(4 * 7), weight = Numbers.Some(7, 2), bias = Numbers.Some(7, 3);
        var expected = new double[x.Length];
        for (var row = 0; row < 4; row++)
        {
            var values = x.Skip(row * 7).Take(7).ToArray();
            var mean = values.Average(value => (double)value);
            var variance = values.Average(value => (value - mean) * (value - mean));
            for (var i = 0; i < 7; i++)
                expected[row * 7 + i] = (values[i] - mean) / Math.Sqrt(variance + 1e-12) * weight[i] + bias[i];
        }
        var actual = F.layer_norm(Numbers.Tensor(x, 4, 7), [7], tensor(weight), tensor(bias), 1e-12);
        Numbers.AssertClose(expected, actual);
    }

    [Fact]
    public void Softmax_OfRowsWithMinusInfinity_IgnoresIt()
    {
        using var scope = NewDisposeScope();
        var x = Numbers.Some(3 * 4);
        x[2] = float.NegativeInfinity;
        var expected = Numbers.Softmax(Numbers.Doubles(x), 4);
        Numbers.AssertClose(expected, Numbers.Tensor(x, 3, 4).softmax(-1));
        var wide = F.softmax(Numbers.Tensor(x, 3, 4), 1, ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, wide.dtype);
        Numbers.AssertClose(expected, wide, 1e-12);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("boolean")]
    [InlineData("added")]
    [InlineData("causal")]
    public void Attention_WithEachMask_MatchesLoops(string mask)
    {
        using var scope = NewDisposeScope();
        const int length = 5, width = 4;
        const int size = length * width;
        float[] q = Numbers.Some(size), k = Numbers.Some(size, 2), v = Numbers.Some(size, 3);
        bool Allowed(int i, int j) => mask switch { "causal" => j <= i, "none" => true, _ => (i + j) % 3 != 0 };
        var allowed = Enumerable.Range(0, length * length).Select(i => Allowed(i / length, i % length)).ToArray();
        var scores = Numbers.Product(q, Numbers.Transposed(k, length, width), length, width, length)
            .Select((score, i) => allowed[i] ? score / Math.Sqrt(width) : double.NegativeInfinity).ToArray();
        var weights = Numbers.Softmax(scores, length).Select(weight => (float)weight).ToArray();
        var given = mask switch
        {
            "boolean" => tensor(allowed, [length, length]),
            "added" => zeros(length, length)
                .masked_fill(tensor(allowed, [length, length]).logical_not(), float.NegativeInfinity),
            _ => null,
        };
        Tensor Heads(float[] values) => Numbers.Tensor(values, 1, 1, length, width);
        var actual = F.scaled_dot_product_attention(Heads(q), Heads(k), Heads(v), given, is_casual: mask == "causal");
        Numbers.AssertClose(Numbers.Product(weights, v, length, length, width), actual);
    }
}
