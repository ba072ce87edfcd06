using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>
/// Runs fused operators beside libtorch's own on a small random batch: documents of 1 to 512 tokens, one of 2,048 where
/// the model takes such, and numbers of rows that fill no block.
/// </summary>
[SuppressMessage("Usage", "CA2201", Justification = "The same type as for operators that fail by themselves.")]
internal sealed class OperatorCheck(BertConfig config, Device device, ScalarType linearType)
{
    private const int Long = 2048;

    private static readonly int[] Lengths = [512, 511, 300, 129, 128, 64, 33, 7, 2, 1, 1];

    private readonly Random _random = new(1);

    /// <summary>
    /// What rounding may come to, for numbers of about 1: some units in the last place of the type. In fp32 a product
    /// in tf32, with 1e-3, must not pass.
    /// </summary>
    private double Tolerance => linearType switch
    {
        ScalarType.Float32 => 2e-5,
        ScalarType.Float16 => 0.01,
        _ => 0.06,
    };

    /// <summary>Sends numbers to the device and back.</summary>
    /// <exception cref="ExternalException">They do not come back, or others do.</exception>
    public void Stream(IDeviceStream stream)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        const int Odd = 100_003;
        var there = stream.HostBuffer(Odd, ScalarType.Float32);
        var back = stream.HostBuffer(Odd, ScalarType.Float32);
        there.copy_(NewTensor(1, Odd, ScalarType.Float32).view(-1));
        back.zero_();
        using var begin = stream.Mark();
        back.copy_(there.to(device, copy: true, non_blocking: true), nonBlocking: true);
        using var end = stream.Mark();
        end.Wait();
        Compare(there, back, 0, "a copy to the device and back");
        if (!end.IsReached || end.Since(begin) < TimeSpan.Zero)
            throw new ExternalException("the device's events are not in order");
    }

    /// <exception cref="ExternalException">It fails or differs.</exception>
    public void Attention(AttentionOperator attention)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var lengths = Lengths.ToList();
        if (config.MaxPositions > lengths[0])
            lengths.Insert(0, Long);
        lengths = [.. lengths.Select(length => Math.Min(length, config.MaxPositions))];
        int[] starts = [0, .. lengths.Select((_, i) => lengths.Take(i + 1).Sum())];
        var reference = new ReferenceAttention(config, SequenceRun.Of(starts, 1 << 20));
        var fused = new FusedAttention(attention, config, tensor(starts).to(device), lengths.Max());
        var all = NewTensor(starts[^1], 3 * config.HiddenSize, linearType);
        Compare(reference.OfAllTokens(all), fused.OfAllTokens(all), Tolerance, "attention");
        var queries = NewTensor(lengths.Count, config.HiddenSize, linearType);
        var keysValues = NewTensor(starts[^1], 2 * config.HiddenSize, linearType);
        Compare(
            reference.OfFirstTokens(queries, keysValues), fused.OfFirstTokens(queries, keysValues), Tolerance,
            "attention of first tokens");
    }

    /// <exception cref="ExternalException">One of them fails or differs.</exception>
    public void Operators(IEncoderOperators fused)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var reference = new ReferenceOperators(linearType);
        var hidden = config.HiddenSize;
        using var norm = new LayerNorm(
            NewTensor(1, hidden, ScalarType.Float32).view(-1), NewTensor(1, hidden, ScalarType.Float32).view(-1),
            config.LayerNormEpsilon);
        foreach (var rows in (int[])[1, 77, 257])
        {
            var residual = NewTensor(rows, hidden, ScalarType.Float32);
            var addend = NewTensor(rows, hidden, linearType);
            Compare(reference.AddNormalize(residual.clone(), addend, norm), fused.AddNormalize(residual, addend, norm));
            var words = NewTensor(97, hidden, ScalarType.Float32);
            var positions = NewTensor(13, hidden, ScalarType.Float32);
            var (ids, places) = (NewIndices(rows, 97), NewIndices(rows, 13));
            Compare(
                reference.Embed(words, positions, ids, places, norm), fused.Embed(words, positions, ids, places, norm));
        }
    }

    private void Compare(HiddenState reference, HiddenState fused)
    {
        Compare(reference.Residual, fused.Residual, 2e-5, "LayerNorm");
        Compare(reference.Rounded, fused.Rounded, Tolerance, "LayerNorm's copy");
    }

    private static void Compare(Tensor expected, Tensor actual, double tolerance, string name)
    {
        if (!expected.shape.SequenceEqual(actual.shape) || expected.dtype != actual.dtype)
            throw new ExternalException($"{name} gave {actual}, not {expected}");
        var most = Numbers(expected).Zip(Numbers(actual), (a, b) => Math.Abs((double)a - b)).Max();
        // Not a number is no small difference.
        if (!(most <= tolerance))
            throw new ExternalException(string.Create(
                CultureInfo.InvariantCulture, $"{name} differs from the reference by {most:G2}"));
    }

    private static float[] Numbers(Tensor tensor)
    {
        using var numbers = tensor.to(ScalarType.Float32, CPU);
        return numbers.data<float>().ToArray();
    }

    private Tensor NewTensor(int rows, int columns, ScalarType type)
    {
        var numbers = new float[rows * columns];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = 2 * _random.NextSingle() - 1;
        return tensor(numbers, [rows, columns]).to(type, device);
    }

    private Tensor NewIndices(int count, int below) =>
        tensor([.. Enumerable.Range(0, count).Select(_ => (long)_random.Next(below))], dtype: ScalarType.Int64)
            .to(device);
}
