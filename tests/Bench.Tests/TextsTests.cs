using FineWebTorch.Texts;

namespace FineWebTorch.Bench.Tests;

public class TextsTests
{
    [Fact]
    public void FineWebLike_SameSeed_GivesTheSameTextsWithFineWebsLengths()
    {
        var vocabulary = TestData.Directory("models", "minilm-edu", "vocab.txt");
        var texts = TextFile.FineWebLike(1000, 7, vocabulary);
        Assert.Equal(texts, TextFile.FineWebLike(1000, 7, vocabulary));
        // Median of 396 and mean of 650 tokens, of which a word is 1.1 or so.
        var words = texts.Select(text => (double)text.Split(' ', '\n').Length).ToList();
        Assert.InRange(Statistics.Of(words).Median, 300, 400);
        Assert.InRange(words.Average(), 480, 640);
    }

    [Fact]
    public void MixedScriptText_ManyTexts_IsValidTextInSeveralScripts()
    {
        var texts = new MixedScriptText(1);
        var all = string.Concat(Enumerable.Range(0, 200).Select(_ => texts.Next()));
        Assert.True(all.IsNormalized()); // throws for a lone surrogate
        foreach (var letter in "aяωבक가的ア")
            Assert.Contains(letter, all);
    }
}
