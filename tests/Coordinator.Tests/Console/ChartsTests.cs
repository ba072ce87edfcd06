using FineWebTorch.Terminal;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class ChartsTests
{
    [Theory]
    [InlineData(double.NaN, "░░░░")]
    [InlineData(-1, "░░░░")]
    [InlineData(0, "░░░░")]
    [InlineData(0.5, "██░░")]
    [InlineData(0.74, "██░░")]
    [InlineData(0.99, "███░")]
    [InlineData(1, "████")]
    [InlineData(7, "████")]
    public void Bar_IsFullWhenAllIsDone(double share, string bar)
    {
        var (done, rest) = Charts.Bar(share, 4, Glyphs.Blocks.Bar);
        Assert.Equal(bar, done + rest);
    }

    [Fact]
    public void Line_FewValues_StandAtTheLeft_UnknownOnesAreBlank() =>
        Assert.Equal("▁▄ ▇   ", Charts.Line([0, 5, null, 10], 7, 10, Glyphs.Blocks));

    [Fact]
    public void Line_MoreValuesThanCells_AreMeans() =>
        Assert.Equal("▁▇ ", Charts.Line([0, 1, 10, 9, null, null], 3, 10, Glyphs.Blocks));

    [Fact]
    public void Line_NothingKnown_IsBlank()
    {
        Assert.Equal("    ", Charts.Line([], 4, 0, Glyphs.Blocks));
        Assert.Equal("▁▁  ", Charts.Line([0, 0], 4, double.Epsilon, Glyphs.Blocks));
    }

    [Fact]
    public void Columns_LittleIsSeenToo()
    {
        Assert.Equal(["   █", "▁▁ █"], Charts.Columns([1, 1e-9, 0, 100], 2, Glyphs.Blocks));
        Assert.Equal(["   "], Charts.Columns([0, 0, 0], 1, Glyphs.Blocks));
        Assert.Equal(["_*#"], Charts.Columns([1, 14, 16], 1, Glyphs.Ascii));
    }

    [Theory]
    [InlineData("linux", true, false)]
    [InlineData("xterm-256color", true, true)]
    [InlineData("xterm-256color", false, false)]
    public void Glyphs_AreThoseThatTheTerminalHas(string term, bool unicode, bool blocks)
    {
        using var terminal = new RecordedTerminal(80);
        terminal.Console.Profile.Capabilities.Unicode = unicode;

        var glyphs = Glyphs.Of(terminal.Console, name => name == "TERM" ? term : null);

        Assert.Equal(blocks ? Glyphs.Blocks : Glyphs.Ascii, glyphs);
    }
}
