using FineWebTorch.FileToScores;
using FineWebTorch.Model;

namespace FineWebTorch.Bench.Tests;

public class SortedBatchesTests
{
    private static readonly WordPieceTokenizer Tokenizer =
        WordPieceTokenizer.Load(TestData.Directory("models", "minilm-edu"), maxLength: 6);

    [Fact]
    public void InFileOrder_ScoresOfSortedBatches_GoBackToTheirDocuments()
    {
        string[] texts = ["a", "a b c", "", "a b"];
        var batches = SortedBatches.Of(texts, Tokenizer, tokenBudget: 8);
        Assert.True(batches.Ids.Length > 1);
        // Each document's "score" is its number of tokens.
        var sorted = batches.Ids.SelectMany(batch => batch).Select(ids => (float)ids.Length).ToArray();
        Assert.Equal([3f, 5f, 2f, 4f], batches.InFileOrder(new PeerScores(1, sorted)).Scores);
    }

    [Fact]
    public void IsWhole_TextOfMoreTokensThanTheLimit_IsFalse() =>
        Assert.Equal([true, false], SortedBatches.Of(["a b", "a b c d e f"], Tokenizer, tokenBudget: 8).IsWhole);
}
