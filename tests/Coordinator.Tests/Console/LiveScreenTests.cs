using FineWebTorch.Terminal;

namespace FineWebTorch.Coordinator.Tests.Console;

/// <summary>What stands on a terminal after a while of drawing, as xterm.js has it.</summary>
public sealed class LiveScreenTests
{
    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Print_ShortLineWhereALongOneStood_LeavesNothingOfIt(int columns)
    {
        using var terminal = new RecordedTerminal(columns);
        var screen = new LiveScreen(terminal.Console);
        var full = new string('x', columns - 1);

        screen.Draw(Lines(full, full, full));
        screen.Print(new ViewLine().Add("event"));
        screen.Draw(Lines("a", "b"));
        screen.Print(new ViewLine().Add("another"));

        Assert.Equal(["event", "another", "a", "b"], (await terminal.LookAsync()).Lines);
    }

    [Theory]
    [InlineData(79)]
    [InlineData(80)]
    [InlineData(81)]
    [InlineData(160)]
    [InlineData(400)]
    public async Task Print_LineLongerThanTheTerminal_IsShownWhole(int length)
    {
        using var terminal = new RecordedTerminal(80);
        var screen = new LiveScreen(terminal.Console);
        var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));

        screen.Draw(Lines(new string('x', 79), "y"));
        screen.Print(new ViewLine().Add(text));

        Assert.Equal(
            [.. text.Chunk(80).Select(part => new string(part)), new string('x', 79), "y"],
            (await terminal.LookAsync()).Lines);
    }

    [Theory]
    [InlineData(120, 60)]
    [InlineData(120, 41)]
    [InlineData(60, 120)]
    [InlineData(80, 79)]
    public async Task Draw_TerminalHasAnotherWidth_LeavesNothingOfTheWiderLines(int before, int after)
    {
        using var terminal = new RecordedTerminal(before);
        var screen = new LiveScreen(terminal.Console);
        screen.Print(new ViewLine().Add("event"));
        screen.Draw(Lines(new string('x', before - 1), "short", new string('y', before - 1)));

        terminal.Resize(after, 24);
        screen.Draw(Lines("a", new string('z', after - 1), "c"));

        Assert.Equal(["event", "a", new string('z', after - 1), "c"], (await terminal.LookAsync()).Lines);
    }

    [Fact]
    public async Task Clear_LeavesOnlyWhatPassedBy()
    {
        using var terminal = new RecordedTerminal(60, rows: 6);
        var screen = new LiveScreen(terminal.Console);
        foreach (var index in Enumerable.Range(0, 20))
        {
            screen.Draw(Lines("first", new string('x', 30 + index), "last"));
            screen.Print(new ViewLine().Add($"event {index}"));
        }

        screen.Clear();

        Assert.Equal(Enumerable.Range(0, 20).Select(index => $"event {index}"), (await terminal.LookAsync()).Lines);
    }

    [Fact]
    public async Task Draw_WideCharactersAndControls_KeepTheirLines()
    {
        using var terminal = new RecordedTerminal(60);
        var screen = new LiveScreen(terminal.Console);

        screen.Draw(Lines(new string('文', 29), "b\e[2J\nc"));
        terminal.Resize(30, 24);
        screen.Draw(Lines("a", "b\e[2J\nc"));

        Assert.Equal(["a", "b?[2J?c"], (await terminal.LookAsync()).Lines);
    }

    private static ViewLine[] Lines(params string[] lines) => [.. lines.Select(line => new ViewLine().Add(line))];
}
