using FineWebTorch.Model.Networks.Cpu;
using FineWebTorch.Model.Networks.Reference;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cpu;

public class AttentionTests
{
    public static MatrixTheoryData<string, int> KernelsAndSeeds() =>
        new([.. CpuKernels.Names], [.. Enumerable.Range(1, 6)]);

    [Theory]
    [MemberData(nameof(KernelsAndSeeds))]
    public void Attend_RandomDocuments_IsTheComposition(string kernels, int seed)
    {
        var data = new KernelData(seed);
        int[] lengths = [data.Between(1, 512), 1, data.Between(1, 40), data.Between(1, 40), 2];
        var (heads, headSize) = (data.Between(1, 4), data.Between(1, 70));
        var config = new BertConfig { HiddenSize = heads * headSize, Heads = heads };
        var numbers = data.Numbers(lengths.Sum() * 3L * config.HiddenSize, scale: 3);
        var starts = KernelData.Cumulative(lengths);

        var actual = OfAllTokens(kernels, config, numbers, starts, threads: seed % 3 + 1);

        using var scope = NewDisposeScope();
        var composed = new ReferenceAttention(config, SequenceRun.Of(starts, long.MaxValue));
        var expected = composed.OfAllTokens(KernelData.Precise(numbers, starts[^1], 3 * config.HiddenSize));
        Assert.InRange(KernelData.Difference(expected, actual), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(KernelsAndSeeds))]
    public void Attend_FirstTokensAlone_IsTheComposition(string kernels, int seed)
    {
        var data = new KernelData(seed);
        int[] lengths = [data.Between(100, 512), data.Between(1, 40), 1];
        var config = new BertConfig { HiddenSize = 96, Heads = 3 };
        var starts = KernelData.Cumulative(lengths);
        var (queries, keysValues) = (data.Numbers(lengths.Length * 96L), data.Numbers(starts[^1] * 192L));

        var actual = OfFirstTokens(kernels, config, queries, keysValues, starts);

        using var scope = NewDisposeScope();
        var composed = new ReferenceAttention(config, SequenceRun.Of(starts, long.MaxValue));
        var expected = composed.OfFirstTokens(
            KernelData.Precise(queries, lengths.Length, 96), KernelData.Precise(keysValues, starts[^1], 192));
        Assert.InRange(KernelData.Difference(expected, actual), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Attend_LargeScores_DoesNotOverflow(string kernels)
    {
        var config = new BertConfig { HiddenSize = 8, Heads = 1 };
        var numbers = new KernelData(3).Numbers(20 * 24, scale: 300);
        var actual = OfAllTokens(kernels, config, numbers, [0, 20], threads: 1);
        Assert.All(actual, value => Assert.InRange(value, -300, 300));
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Attend_ValueThatIsNoNumber_SpoilsItsDocumentAlone(string kernels)
    {
        var config = new BertConfig { HiddenSize = 4, Heads = 1 };
        foreach (var (place, bad) in ((int, float)[])[(0, float.NaN), (5, float.NaN), (9, float.PositiveInfinity)])
        {
            var numbers = new KernelData(1).Numbers(5 * 12);
            numbers[place] = bad;
            var actual = OfAllTokens(kernels, config, numbers, [0, 2, 5], threads: 1);
            Assert.Contains(actual[..8], value => !float.IsFinite(value));
            Assert.All(actual[8..], value => Assert.True(float.IsFinite(value)));
        }
    }

    private static unsafe float[] OfAllTokens(
        string kernels, BertConfig config, float[] numbers, int[] starts, int threads)
    {
        long hidden = config.HiddenSize;
        using var projected = KernelData.Matrix(numbers, 3 * hidden);
        return Attend(kernels, config, starts, starts[^1], threads, new AttentionArguments
        {
            Queries = projected.Data,
            QueryStride = projected.Stride,
            Keys = projected.Data + hidden,
            Values = projected.Data + 2 * hidden,
            KeyValueStride = projected.Stride,
        });
    }

    private static unsafe float[] OfFirstTokens(
        string kernels, BertConfig config, float[] queries, float[] keysValues, int[] starts)
    {
        long hidden = config.HiddenSize;
        using var first = KernelData.Matrix(queries, hidden);
        using var all = KernelData.Matrix(keysValues, 2 * hidden);
        return Attend(kernels, config, starts, starts.Length - 1, 2, new AttentionArguments
        {
            Queries = first.Data,
            QueryStride = first.Stride,
            Keys = all.Data,
            Values = all.Data + hidden,
            KeyValueStride = all.Stride,
            FirstOnly = 1,
        });
    }

    private static unsafe float[] Attend(
        string kernels, BertConfig config, int[] starts, long rows, int threads, AttentionArguments arguments)
    {
        using var context = CpuMatrix.OfRows(config.HiddenSize).Reserve(rows);
        arguments.Heads = config.Heads;
        arguments.HeadSize = config.HeadSize;
        arguments.Output = context.Data;
        arguments.OutputStride = context.Stride;
        fixed (int* lengths = starts)
            NativeKernels.Check(NativeKernels.fineweb_attend(
                KernelData.Find(kernels).Handle, &arguments, lengths, starts.Length - 1, threads));
        return KernelData.Rows(context, rows, config.HiddenSize);
    }
}
