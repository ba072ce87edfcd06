using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Documents;

public sealed class DocumentExcerptTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("  \n a\t\r\n b \u0000\u001b[31m c ", "a b [31m c")]
    public void FirstWords_AreOnOneLineWithoutControlCharacters(string text, string expected) =>
        Assert.Equal(expected, WordsOf(text));

    [Fact]
    public void FirstWords_CutWithinACharacter_EndBeforeIt()
    {
        var words = WordsOf("x" + new string('é', 1000));
        Assert.DoesNotContain('\uFFFD', words);
        Assert.EndsWith("é", words, StringComparison.Ordinal);
        Assert.InRange(words.Length, 190, 201);
    }

    [Fact]
    public void NullText_HasNoWords() => Assert.Null(Excerpt(null).FirstWords);

    private static string WordsOf(string text) => Excerpt(text).FirstWords!;

    private static DocumentExcerpt Excerpt(string? text)
    {
        using var source = new FakeSource([text], 0);
        source.Read(TestContext.Current.CancellationToken);
        return DocumentExcerpt.Of(source, 0);
    }
}
