using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cpu;

/// <summary>bf16 products, emulated where the CPU has none: exact, of rounded numbers, and summed in fp32.</summary>
public class BFloat16Tests
{
    public static MatrixTheoryData<string, int> KernelsAndSeeds() =>
        new(["avx512", "avx512-emulated"], [1, 2, 3, 4]);

    [Theory]
    [MemberData(nameof(KernelsAndSeeds))]
    public void Run_RandomShapes_IsFloat32OnRoundedInputs(string kernels, int seed)
    {
        var bf16 = KernelData.Find(kernels).InBFloat16();
        Assert.SkipWhen(bf16 is null, "this CPU has no AVX512-BF16");
        var data = new KernelData(seed);
        var (rows, inputs, outputs) = (data.Between(1, 300), data.Between(1, 1700), data.Between(1, 90));
        var (x, w, b) = (data.Numbers(rows * inputs), data.Numbers(outputs * inputs), data.Numbers(outputs));

        var actual = LinearTests.Run(bf16!, x, w, b, gelu: false, threads: 2);

        using var scope = NewDisposeScope();
        var expected = nn.functional.linear(
            KernelData.Precise(Rounded(x), rows, inputs), KernelData.Precise(Rounded(w), outputs, inputs),
            KernelData.Precise(b, outputs));
        Assert.InRange(KernelData.Difference(expected, actual), 0, 3e-5);
    }

    [Fact]
    public void Score_InBFloat16_IsNearFloat32ButNotIt()
    {
        const string Emulated = "avx512-emulated";
        Assert.SkipUnless(Devices.RunsHere(Emulated), "needs AVX2");
        var device = ComputeDevice.Resolve("cpu", kernels: Emulated);
        using var rounded = EduClassifier.Load(TestData.EduTiny, device, ModelDtype.BFloat16);
        using var precise = EduClassifier.Load(TestData.EduTiny, device, ModelDtype.Float32);
        var documents = Scorer.Tokenize(
            precise, Parity.ReferenceScore.Of("edu-tiny").Where((_, i) => i % 8 == 0).Select(one => one.Text));

        var differences = Scorer.Score(rounded, documents, 4096).Zip(
            Scorer.Score(precise, documents, 4096), (a, b) => Math.Abs(a - b)).ToList();

        Assert.InRange(differences.Max(), 1e-5, 0.06);
    }

    private static float[] Rounded(float[] numbers)
    {
        using var wide = tensor(numbers);
        using var narrow = wide.to_type(ScalarType.BFloat16);
        using var back = narrow.to_type(ScalarType.Float32);
        return back.data<float>().ToArray();
    }
}
