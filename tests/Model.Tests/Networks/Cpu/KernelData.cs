using FineWebTorch.Model.Networks;
using FineWebTorch.Model.Networks.Cpu;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cpu;

/// <summary>Random matrices for kernels and for libtorch, which computes what the kernels should, in float64.</summary>
internal sealed class KernelData(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Every set of kernels there is; those that this machine does not run are skipped.</summary>
    public static TheoryData<string> All => [.. CpuKernels.Names];

    /// <summary>Skips the test where this machine does not run these.</summary>
    public static CpuKernels Find(string kernels)
    {
        var found = CpuKernels.Find(kernels);
        Assert.SkipWhen(found is null, KernelLibrary.Current.Problem ?? $"this CPU does not run {kernels}");
        return found!;
    }

    public float[] Numbers(long count, double scale = 1) =>
        [.. Enumerable.Range(0, (int)count).Select(_ => (float)((_random.NextDouble() * 2 - 1) * scale))];

    public int Between(int least, int most) => _random.Next(least, most + 1);

    /// <summary>Lengths of documents as cumulative lengths.</summary>
    public static int[] Cumulative(params int[] lengths)
    {
        var starts = new int[lengths.Length + 1];
        for (var i = 0; i < lengths.Length; i++)
            starts[i + 1] = starts[i] + lengths[i];
        return starts;
    }

    /// <summary>Copies numbers into a matrix whose padding holds NaN, so that reading it shows.</summary>
    public static unsafe CpuMatrix Matrix(float[] numbers, long columns)
    {
        var rows = numbers.Length / columns;
        var matrix = CpuMatrix.OfRows(columns).Reserve(Math.Max(1, rows));
        matrix.Numbers.Fill(float.NaN);
        for (var row = 0; row < rows; row++)
        {
            var target = new Span<float>(matrix.Data + row * matrix.Stride, (int)columns);
            numbers.AsSpan((int)(row * columns), (int)columns).CopyTo(target);
        }
        return matrix;
    }

    public static unsafe float[] Rows(CpuMatrix matrix, long rows, long columns) =>
        [.. Enumerable.Range(0, (int)rows)
            .SelectMany(row => new Span<float>(matrix.Data + row * matrix.Stride, (int)columns).ToArray())];

    /// <summary>[rows, columns] in float64</summary>
    public static Tensor Precise(float[] numbers, params long[] shape) =>
        tensor(numbers, dtype: ScalarType.Float64).view(shape);

    /// <summary>The largest difference of finite numbers; the others must be the same in both.</summary>
    public static double Difference(Tensor expected, float[] actual)
    {
        var precise = expected.reshape(-1).to_type(ScalarType.Float64).data<double>().ToArray();
        Assert.Equal(precise.Length, actual.Length);
        var largest = 0.0;
        foreach (var (wanted, got) in precise.Zip(actual))
        {
            if (double.IsFinite(wanted))
                largest = Math.Max(largest, double.IsFinite(got) ? Math.Abs(wanted - got) : double.PositiveInfinity);
            else
                Assert.Equal(((float)wanted).ToString(), got.ToString());
        }
        return largest;
    }
}
