using FineWebTorch.Model.Tests.Parity;

namespace FineWebTorch.Model.Tests;

/// <summary>
/// The 16-bit path, on the CPU, which does compute bf16 (slowly: that is why it is refused otherwise).
/// </summary>
public sealed class SixteenBitTests : IDisposable
{
    private readonly EduClassifier _classifier = EduClassifier.Load(
        Path.Combine(TestData.RepositoryRoot, "weights", "edu-tiny"),
        Devices.Reference with { SupportedDtypes = [ModelDtype.BFloat16] },
        ModelDtype.BFloat16);

    public void Dispose() => _classifier.Dispose();

    [Fact]
    public void Score_InBFloat16_IsNearerToFloat64ThanBFloat16Throughout()
    {
        var lines = ReferenceScore.Lines("edu-tiny").Where((_, i) => i % 4 == 0).ToList();
        var references = ReferenceScore.Of("edu-tiny").Where((_, i) => i % 4 == 0).ToList();
        var documents = Scorer.Tokenize(_classifier, references.Select(one => one.Text));
        var scores = Scorer.Score(_classifier, documents, 4096);
        var ours = references.Zip(scores, (one, score) => Math.Abs(score - one.Precise!.Value)).Average();
        var theirs = lines.Average(line => Math.Abs(
            line.GetProperty("score_bfloat16").GetDouble() - line.GetProperty("score_float64").GetDouble()));
        Assert.InRange(ours, 1e-6, theirs);
    }

    [Fact]
    public void ScoreAloneInFloat32_OfABFloat16Model_IsTheFloat32Score()
    {
        var reference = ReferenceScore.Of("edu-tiny")[0];
        var ids = Scorer.Tokenize(_classifier, [reference.Text])[0];
        Assert.Equal(reference.Score, _classifier.ScoreAloneInFloat32(ids), 1e-5);
        Assert.NotEqual(reference.Score, Scorer.Score(_classifier, [ids], 512)[0], 1e-6);
    }
}
