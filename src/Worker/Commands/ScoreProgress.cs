using System.Diagnostics;
using FineWebTorch.Common;
using FineWebTorch.Terminal;
using FineWebTorch.Worker.Pipeline;
using Spectre.Console;

namespace FineWebTorch.Worker.Commands;

/// <summary>
/// A line on the terminal that says how far the scoring is, and one on standard error, terminal or not, that sums up.
/// </summary>
internal sealed class ScoreProgress : IDisposable
{
    private const int PercentCells = 9;
    private const int MostOfBar = 30;

    private readonly IAnsiConsole? _terminal;
    private readonly LiveScreen? _screen;
    private readonly TextWriter _notices;
    private readonly long? _total;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private long _shown = -1000;
    private long _rows;

    private ScoreProgress(IAnsiConsole? terminal, TextWriter notices, long? total)
    {
        (_terminal, _notices, _total) = (terminal, notices, total);
        _screen = terminal is null ? null : new LiveScreen(terminal);
    }

    /// <param name="total">Rows there are, where known.</param>
    /// <param name="context">Says where to.</param>
    public static ScoreProgress Start(long? total, CommandContext context)
    {
        // Where the scores go to the terminal they are progress enough.
        var visible = !context.Quiet && Console.IsOutputRedirected;
        return new ScoreProgress(visible ? Terminals.Of(Console.Error) : null, context.Notices, total);
    }

    public void Add(int rows)
    {
        _rows += rows;
        if (_terminal is null || _watch.ElapsedMilliseconds - _shown < 500)
            return;
        _shown = _watch.ElapsedMilliseconds;
        _screen?.Draw([Line(_terminal.Profile.Width - 1, Glyphs.Of(_terminal, Environment.GetEnvironmentVariable))]);
    }

    /// <summary>Leaves a summary.</summary>
    /// <param name="use">Null where the device was not needed.</param>
    /// <param name="leftOut">Records that could not be read.</param>
    public void Finish(DeviceUse? use, long leftOut = 0)
    {
        _screen?.Clear();
        var skipped = leftOut > 0 ? $", {NumberText.Count(leftOut, "bad line")} left out" : "";
        _notices.WriteLine(use is null ? Describe() + skipped : $"{Describe()}{skipped}; {use}");
    }

    public void Dispose() => _screen?.Clear();

    private ViewLine Line(int cells, Glyphs glyphs)
    {
        var line = new ViewLine();
        var text = Describe();
        var bar = Math.Min(MostOfBar, cells - PercentCells - 2 - text.Length);
        if (_total is { } total && bar > 0)
        {
            var (done, open) = Charts.Bar((double)_rows / Math.Max(1, total), bar, glyphs.Bar);
            line.Add($" {NumberText.Percent(_rows, total)}".PadRight(PercentCells)).Add(done, new Style(Color.Green))
                .Add(open, new Style(Color.Grey)).Add("  ");
        }

        return line.Add(text).CutTo(cells);
    }

    private string Describe()
    {
        var rows = _total is { } total
            ? $"{NumberText.Count(_rows)} of {NumberText.Count(total, "row")}"
            : NumberText.Count(_rows, "row");
        return $"{rows}, {NumberText.Rate(_rows / Math.Max(0.001, _watch.Elapsed.TotalSeconds))} a second";
    }
}
