using FineWebTorch.Terminal;

namespace FineWebTorch.Coordinator.Tests.Console;

public sealed class LiveLineTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task Lines_PassByAboveTheOneThatIsDrawn()
    {
        using var terminal = new RecordedTerminal(60);
        using var live = new LiveLine(terminal.Console, _time);
        await live.WriteLineAsync("before");
        live.Line = cells => new ViewLine().Add(new string('x', cells));
        _time.Advance(TimeSpan.FromSeconds(1));
        await live.WriteLineAsync("after\e[2J");
        terminal.Resize(40, 24);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["before", "after?[2J", new string('x', 39)], (await terminal.LookAsync()).Lines);
    }

    [Fact]
    public async Task Line_AtTheEnd_IsGone()
    {
        using var terminal = new RecordedTerminal(60);
        using (var live = new LiveLine(terminal.Console, _time) { Line = _ => new ViewLine().Add("x") })
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await live.WriteLineAsync("said");
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.EndsWith("\e[?25h\e[?2026l", terminal.Written, StringComparison.Ordinal);
        Assert.Equal(["said"], (await terminal.LookAsync()).Lines);
    }

    [Fact]
    public void On_WhatIsNoTerminal_IsNothing()
    {
        using var output = new StringWriter();
        Assert.Null(LiveLine.On(output, _time));
    }
}
