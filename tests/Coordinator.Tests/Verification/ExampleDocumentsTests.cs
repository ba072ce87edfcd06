using System.Text;
using FineWebTorch.Coordinator.Verification;

namespace FineWebTorch.Coordinator.Tests.Verification;

public sealed class ExampleDocumentsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("  two\n\twords ", "two words ")]
    [InlineData("\u001b[31mred\u0007", " [31mred ")]
    [InlineData("right\u202eleft", "right left")]
    public void FirstWords_OddText_IsOneHarmlessLine(string text, string expected) =>
        Assert.Equal(expected.TrimStart(), ExampleDocuments.FirstWords(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void FirstWords_LongText_IsCutBetweenCharacters()
    {
        var line = ExampleDocuments.FirstWords(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("😀", 500))));

        Assert.EndsWith("😀…", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\ufffd', line);
    }
}
