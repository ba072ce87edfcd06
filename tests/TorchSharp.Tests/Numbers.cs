using TorchSharp;

namespace FineWebTorch.TorchSharp.Tests;

/// <summary>Test values, and operators written out as loops in double precision.</summary>
internal static class Numbers
{
    /// <summary>Values between -2 and 2 without a pattern, the same on every run.</summary>
    public static float[] Some(int count, uint seed = 1)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            seed = seed * 1664525 + 1013904223;
            values[i] = (seed >> 8) / (float)(1 << 22) - 2f;
        }
        return values;
    }

    public static torch.Tensor Tensor(float[] values, params long[] shape) => torch.tensor(values, shape);

    /// <summary>a [m, k] · b [k, n] -> [m, n]</summary>
    public static double[] Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int k, int n)
    {
        var result = new double[m * n];
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                for (var l = 0; l < k; l++)
                    result[i * n + j] += (double)a[i * k + l] * b[l * n + j];
            }
        }
        return result;
    }

    /// <summary>[rows, columns] -> [columns, rows]</summary>
    public static float[] Transposed(ReadOnlySpan<float> values, int rows, int columns)
    {
        var result = new float[values.Length];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
                result[j * rows + i] = values[i * columns + j];
        }
        return result;
    }

    /// <summary>Of each row of [rows, columns]; minus infinity counts as absent.</summary>
    public static double[] Softmax(double[] values, int columns)
    {
        var result = new double[values.Length];
        for (var start = 0; start < values.Length; start += columns)
        {
            var largest = values.AsSpan(start, columns).ToArray().Max();
            var sum = 0.0;
            for (var i = start; i < start + columns; i++)
                sum += result[i] = Math.Exp(values[i] - largest);
            for (var i = start; i < start + columns; i++)
                result[i] /= sum;
        }
        return result;
    }

    /// <summary>The error function by its Taylor series, exact to double precision for |x| below 4.</summary>
    public static double Erf(double x)
    {
        double term = x, sum = x;
        for (var n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    public static void AssertClose(IEnumerable<double> expected, torch.Tensor actual, double tolerance = 1e-5)
    {
        var wanted = expected.ToArray();
        var got = actual.to(torch.ScalarType.Float64).data<double>().ToArray();
        Assert.Equal(wanted.Length, got.Length);
        for (var i = 0; i < wanted.Length; i++)
        {
            Assert.True(
                Math.Abs(wanted[i] - got[i]) <= tolerance * Math.Max(1, Math.Abs(wanted[i])),
                $"element {i}: expected {wanted[i]}, got {got[i]}");
        }
    }

    public static double[] Doubles(IEnumerable<float> values) => [.. values.Select(value => (double)value)];
}
