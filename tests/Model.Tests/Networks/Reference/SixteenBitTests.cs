using FineWebTorch.Model.Tests.Parity;

namespace FineWebTorch.Model.Tests.Networks.Reference;

/// <summary>
/// The 16-bit modes, on the CPU: our own bf16 products, and the reference, whose products libtorch sums in bf16 where
/// the CPU has no instructions for it (which is why it is refused otherwise).
/// </summary>
public class SixteenBitTests
{
    private const string Emulated = "avx512-emulated";

    [Fact]
    public void Score_InBFloat16_IsNearerToFloat64ThanBFloat16Throughout()
    {
        Assert.SkipUnless(Devices.RunsHere(Emulated), "needs AVX2");
        using var classifier = EduClassifier.Load(
            TestData.EduTiny, ComputeDevice.Resolve("cpu", kernels: Emulated), ModelDtype.BFloat16);
        var theirs = ReferenceScore.Lines("edu-tiny").Average(line => Math.Abs(
            line.GetProperty("score_bfloat16").GetDouble() - line.GetProperty("score_float64").GetDouble()));
        Assert.InRange(MeanError(classifier), 1e-6, theirs);
    }

    [Fact]
    public void Score_ReferenceInBFloat16_IsNearFloat64()
    {
        using var classifier = LoadReference();
        Assert.InRange(MeanError(classifier), 1e-6, 0.05);
    }

    [Fact]
    public void ScoreAloneInFloat32_OfABFloat16Model_IsTheFloat32Score()
    {
        using var classifier = LoadReference();
        var reference = ReferenceScore.Of("edu-tiny")[0];
        var ids = Scorer.Tokenize(classifier, [reference.Text])[0];
        Assert.Equal(reference.Score, classifier.ScoreAloneInFloat32(ids), 1e-5);
        Assert.NotEqual(reference.Score, Scorer.Score(classifier, [ids], 512)[0], 1e-6);
    }

    private static EduClassifier LoadReference() => EduClassifier.Load(
        TestData.EduTiny, Devices.Reference with { SupportedDtypes = [ModelDtype.BFloat16] }, ModelDtype.BFloat16);

    private static double MeanError(EduClassifier classifier)
    {
        var references = ReferenceScore.Of("edu-tiny").Where((_, i) => i % 4 == 0).ToList();
        var documents = Scorer.Tokenize(classifier, references.Select(one => one.Text));
        return references.Zip(
            Scorer.Score(classifier, documents, 4096), (one, score) => Math.Abs(score - one.Precise!.Value)).Average();
    }
}
