using FineWebTorch.Model.Tests.Parity;

namespace FineWebTorch.Model.Tests;

/// <summary>A score belongs to its document: neighbours, order and budget change no more than its last bits.</summary>
public sealed class BatchInvarianceTests : IDisposable
{
    private const double Tolerance = 1e-5;

    private static readonly Lazy<(List<int[]> Documents, float[] Alone)> Expected = new(() =>
    {
        using var classifier = Load();
        var texts = ReferenceScore.Of("edu-tiny").Where((_, i) => i % 3 == 0).Select(one => one.Text);
        var documents = Scorer.Tokenize(classifier, texts);
        return (documents, Scorer.Score(classifier, documents, 1));
    });

    private readonly EduClassifier _classifier = Load();
    private readonly List<int[]> _documents = Expected.Value.Documents;
    private readonly float[] _alone = Expected.Value.Alone;

    public void Dispose() => _classifier.Dispose();

    [Theory]
    [InlineData(512)]
    [InlineData(1000)]
    [InlineData(4096)]
    [InlineData(1_000_000)]
    public void Score_AnyBudget_GivesTheScoresOfDocumentsAlone(int budget) =>
        Close(_alone, Scorer.Score(_classifier, _documents, budget));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Score_AnyOrderAndNeighbours_GivesTheScoresOfDocumentsAlone(int seed)
    {
        var rows = Enumerable.Range(0, _documents.Count).ToArray();
        new Random(seed).Shuffle(rows);
        Close(_alone, Scorer.Score(_classifier, _documents, rows.Chunk(7)));
    }

    [Fact]
    public void Score_EqualDocuments_GetEqualScoresWhereverTheyStand()
    {
        var copies = Enumerable.Repeat(_documents.MaxBy(document => document.Length)!, 9).ToList();
        copies.Insert(4, [2, 17, 3]);
        var scores = Scorer.Score(_classifier, copies, [[.. Enumerable.Range(0, 10)]]);
        Close([.. Enumerable.Repeat(scores[0], 9)], [.. scores[..4], .. scores[5..]]);
    }

    [Fact]
    public void Score_SameBatchAgain_GivesTheSameBits() => Assert.Equal(
        Scorer.Score(_classifier, _documents, 4096), Scorer.Score(_classifier, _documents, 4096));

    [Fact]
    public async Task Score_OnAnotherThread_GivesTheSameBits()
    {
        var here = Scorer.Score(_classifier, _documents, 4096);
        var there = await Task.Run(() => Scorer.Score(_classifier, _documents, 4096));
        Assert.Equal(here, there);
    }

    private static EduClassifier Load() =>
        EduClassifier.Load(TestData.EduTiny, ComputeDevice.Resolve("cpu"), ModelDtype.Float32);

    private static void Close(float[] expected, float[] actual) => Assert.All(
        expected.Zip(actual).Index(),
        pair => Assert.True(Math.Abs(pair.Item.First - pair.Item.Second) <= Tolerance,
            $"document {pair.Index}: {pair.Item.First} and {pair.Item.Second}"));
}
