using FineWebTorch.Terminal;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class CellTextTests
{
    [Theory]
    [InlineData("data/000_00000.parquet", 12, "….parquet")]
    [InlineData("short", 12, "short")]
    [InlineData("文文文文文文文", 6, "…文文")]
    [InlineData("abc", 0, "")]
    [InlineData("😀😀😀", 3, "…😀")]
    public void End_TooLong_KeepsTheEnd(string text, int cells, string shown)
    {
        var cut = CellText.End(text, cells, "…");

        Assert.True(CellText.Width(cut) <= cells, cut);
        Assert.EndsWith(shown.TrimStart('…'), cut, StringComparison.Ordinal);
        Assert.Equal(text == shown, cut == text);
    }

    [Theory]
    [InlineData("data/000_00000.parquet", 6, "data/…")]
    [InlineData("文文文文", 6, "文文…")]
    [InlineData("文文文", 2, "…")]
    [InlineData("😀😀😀", 4, "😀…")]
    [InlineData("abc", 3, "abc")]
    [InlineData("abc", 0, "")]
    public void Start_TooLong_KeepsTheBeginning(string text, int cells, string shown) =>
        Assert.Equal(shown, CellText.Start(text, cells, "…"));

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("文", 2)]
    [InlineData("e\u0301", 1)]
    [InlineData("😀", 2)]
    [InlineData("❤️", 2)]
    public void Width_IsThatOfATerminal(string text, int cells) => Assert.Equal(cells, CellText.Width(text));

    [Theory]
    [InlineData("one two three", 7, "one two|three")]
    [InlineData("one two three", 6, "one|two|three")]
    [InlineData("abcdefghij kl", 4, "abcd|efgh|ij|kl")]
    [InlineData("文文文文", 5, "文文|文文")]
    [InlineData("😀😀", 3, "😀|😀")]
    [InlineData("", 5, "")]
    public void Wrap_CutsAtBlanksWhereThereAreAny(string text, int cells, string parts) =>
        Assert.Equal(parts, string.Join('|', CellText.Wrap(text, cells)));
}
