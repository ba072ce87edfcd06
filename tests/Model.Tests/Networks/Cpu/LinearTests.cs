using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Cpu;
using FineWebTorch.Model.Files;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cpu;

public class LinearTests
{
    public static MatrixTheoryData<string, int> KernelsAndSeeds() =>
        new([.. CpuKernels.Names], [.. Enumerable.Range(1, 8)]);

    [Theory]
    [MemberData(nameof(KernelsAndSeeds))]
    public void Run_RandomShapes_IsTheComposition(string kernels, int seed)
    {
        var data = new KernelData(seed);
        var (rows, inputs, outputs) = (data.Between(0, 400), data.Between(1, 1700), data.Between(1, 90));
        var (x, w, b) = (data.Numbers(rows * inputs), data.Numbers(outputs * inputs), data.Numbers(outputs));
        var gelu = seed % 2 == 0;

        var actual = Run(kernels, x, w, b, gelu, threads: seed % 3 + 1);

        using var scope = NewDisposeScope();
        var expected = nn.functional.linear(
            KernelData.Precise(x, rows, inputs), KernelData.Precise(w, outputs, inputs),
            KernelData.Precise(b, outputs));
        Assert.InRange(KernelData.Difference(gelu ? nn.functional.gelu(expected) : expected, actual), 0, 3e-5);
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Run_InputsThatAreNoNumbers_SpoilTheirRowsAlone(string kernels)
    {
        float[] x = [1, 2, float.NaN, 4, float.PositiveInfinity, 6, 7, 8, 9, 10, 11, float.NegativeInfinity];
        float[] w = [1, 1, 1, -1, -1, -1];

        foreach (var gelu in (bool[])[false, true])
        {
            var actual = Run(kernels, x, w, [0.5f, 0.25f], gelu, threads: 1);

            using var scope = NewDisposeScope();
            var expected = nn.functional.linear(
                KernelData.Precise(x, 4, 3), KernelData.Precise(w, 2, 3), tensor((double[])[0.5, 0.25]));
            Assert.InRange(KernelData.Difference(gelu ? nn.functional.gelu(expected) : expected, actual), 0, 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Run_AnyThreadsAndNeighbours_GivesTheSameBits(string kernels)
    {
        var data = new KernelData(5);
        var (x, w, b) = (data.Numbers(500 * 800), data.Numbers(37 * 800), data.Numbers(37));
        var all = Run(kernels, x, w, b, gelu: true, threads: 1);

        Assert.Equal(all, Run(kernels, x, w, b, gelu: true, threads: 3));
        var alone = Run(kernels, x[(800 * 211)..(800 * 212)], w, b, gelu: true, threads: 1);
        Assert.Equal(all[(37 * 211)..(37 * 212)], alone);
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Gelu_OverItsWholeRange_IsExactTo3e7(string kernels)
    {
        float[] x = [.. Enumerable.Range(-120_000, 240_001).Select(i => i / 10_000f)];
        using var scope = NewDisposeScope();
        var expected = nn.functional.gelu(KernelData.Precise(x, x.Length));
        var error = KernelData.Difference(
            expected / tensor(x, dtype: ScalarType.Float64).abs().clamp(min: 1.0),
            [.. Run(kernels, x, [1], [0], true, 1).Zip(x, (y, at) => y / Math.Max(1, Math.Abs(at)))]);
        Assert.InRange(error, 0, 3e-7);
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Fill_SixteenBitWeights_ReadsEveryKindOfNumber(string kernels)
    {
        ushort[] halves = [0x0000, 0x8000, 0x3C00, 0xC000, 0x0001, 0x83FF, 0x7BFF, 0x3555];
        var found = KernelData.Find(kernels);
        foreach (var type in (SafetensorsDtype[])[SafetensorsDtype.F16, SafetensorsDtype.BF16])
        {
            using var linear = new PackedLinear(found, halves.Length, 1);
            linear.Fill(0, MemoryMarshal.AsBytes<ushort>(halves), type, new byte[halves.Length * 2], type, 1);
            using var one = KernelData.Matrix([1], 1);
            using var y = CpuMatrix.OfRows(halves.Length).Reserve(1);
            linear.Run(one, 1, false, y, 1);
            Assert.Equal(halves.Select(half => Value(half, type)), KernelData.Rows(y, 1, halves.Length));
        }

        static float Value(ushort bits, SafetensorsDtype type) => type == SafetensorsDtype.F16
            ? (float)BitConverter.UInt16BitsToHalf(bits)
            : BitConverter.UInt32BitsToSingle((uint)bits << 16);
    }

    [Fact]
    public void Fill_RowsBeyondTheLast_IsRefused()
    {
        using var linear = new PackedLinear(KernelData.Find("generic"), 4, 2);
        var error = Assert.Throws<ExternalException>(() => linear.Fill(
            3, new byte[16], SafetensorsDtype.F32, new byte[8], SafetensorsDtype.F32, 1));
        Assert.Equal("these rows are not the layer's", error.Message);
    }

    [Fact]
    public void Create_MoreThanThereIsMemoryFor_SaysSo()
    {
        var kernels = KernelData.Find("generic");
        var error = Assert.Throws<ExternalException>(() => new PackedLinear(kernels, 1L << 40, 1 << 12));
        Assert.Equal("out of memory", error.Message);
    }

    internal static float[] Run(string kernels, float[] x, float[] w, float[] b, bool gelu, int threads) =>
        Run(KernelData.Find(kernels), x, w, b, gelu, threads);

    internal static float[] Run(CpuKernels kernels, float[] x, float[] w, float[] b, bool gelu, int threads)
    {
        var (outputs, inputs) = (b.Length, w.Length / b.Length);
        var rows = x.Length / inputs;
        using var linear = new PackedLinear(kernels, outputs, inputs);
        linear.Fill(
            0, MemoryMarshal.AsBytes<float>(w), SafetensorsDtype.F32, MemoryMarshal.AsBytes<float>(b),
            SafetensorsDtype.F32, threads);
        using var input = KernelData.Matrix(x, inputs);
        using var output = CpuMatrix.OfRows(outputs).Reserve(Math.Max(1, rows));
        linear.Run(input, rows, gelu, output, threads);
        return KernelData.Rows(output, rows, outputs);
    }
}
