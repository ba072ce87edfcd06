using FineWebTorch.Model.Networks.Cpu;
using FineWebTorch.Model.Tests.Parity;

namespace FineWebTorch.Model.Tests.Networks.Cpu;

/// <summary>The whole network on fused operators.</summary>
public class NetworkTests
{
    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Score_AnyNeighboursAndThreads_GivesTheSameBits(string kernels)
    {
        KernelData.Find(kernels);
        foreach (var dtype in ComputeDevice.Resolve("cpu", 1, kernels).SupportedDtypes)
        {
            using var one = Load(kernels, threads: 1, dtype);
            using var three = Load(kernels, threads: 3, dtype);
            var texts = ReferenceScore.Of("edu-tiny").Where((_, i) => i % 6 == 0).Select(reference => reference.Text);
            var documents = Scorer.Tokenize(one, texts);

            var alone = Scorer.Score(one, documents, 1);

            Assert.True(one.IsBatchInvariant);
            Assert.Equal(alone, Scorer.Score(three, documents, 4096));
            Assert.Equal(alone, Scorer.Score(three, documents, 100_000));
        }
    }

    [Theory]
    [MemberData(nameof(KernelData.All), MemberType = typeof(KernelData))]
    public void Score_AfterALargerBatch_IsNotTouchedByIt(string kernels)
    {
        using var classifier = Load(kernels, threads: 2);
        int[] small = [2, 17, 99, 3];
        var first = Scorer.Score(classifier, [small], 512)[0];
        var large = new int[512];
        Array.Fill(large, 1234);
        Scorer.Score(classifier, [large, large, large], 4096);

        Assert.Equal(first, Scorer.Score(classifier, [small], 512)[0]);
    }

    [Fact]
    public void Best_IsFusedWhereTheCpuHasAvx2()
    {
        KernelData.Find("generic");
        Assert.Equal(
            System.Runtime.Intrinsics.X86.Avx2.IsSupported && System.Runtime.Intrinsics.X86.Fma.IsSupported,
            CpuKernels.Best is not null);
    }

    [Theory]
    [InlineData("sse9", "there are no such kernels; use auto, reference, ")]
    [InlineData("AVX2", "there are no such kernels; use auto, reference, ")]
    public void Resolve_UnknownKernels_NamesThoseThereAre(string kernels, string said) => OneLine.Names(
        Assert.Throws<NotSupportedException>(() => ComputeDevice.Resolve("cpu", kernels: kernels)), kernels, said);

    [Fact]
    public void Resolve_KernelsTheCpuLacks_NamesThoseItRuns()
    {
        KernelData.Find("generic");
        Assert.SkipWhen(CpuKernels.Find("avx512") is not null, "this CPU runs all there are");
        OneLine.Names(Assert.Throws<NotSupportedException>(() => ComputeDevice.Resolve("cpu", kernels: "avx512")),
            "kernels avx512", "lacks the instructions", "generic");
    }

    private static EduClassifier Load(string kernels, int threads, ModelDtype dtype = ModelDtype.Float32)
    {
        KernelData.Find(kernels);
        return EduClassifier.Load(TestData.EduTiny, ComputeDevice.Resolve("cpu", threads, kernels), dtype);
    }
}
