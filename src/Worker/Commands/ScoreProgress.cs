using System.Diagnostics;
using FineWebTorch.Common;
using FineWebTorch.Worker.Pipeline;

namespace FineWebTorch.Worker.Commands;

/// <summary>
/// A line on the terminal that says how far the scoring is, and one on standard error, terminal or not, that sums up.
/// </summary>
internal sealed class ScoreProgress : IDisposable
{
    private readonly TextWriter? _terminal;
    private readonly long? _total;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private long _shown = -1000;
    private long _rows;
    private bool _isShown;

    private readonly TextWriter _notices;

    private ScoreProgress(TextWriter? terminal, TextWriter notices, long? total) =>
        (_terminal, _notices, _total) = (terminal, notices, total);

    /// <param name="total">Rows there are, where known.</param>
    /// <param name="context">Says where to.</param>
    public static ScoreProgress Start(long? total, CommandContext context)
    {
        // Where the scores go to the terminal they are progress enough.
        var visible = !context.Quiet && !Console.IsErrorRedirected && Console.IsOutputRedirected;
        return new ScoreProgress(visible ? Console.Error : null, context.Notices, total);
    }

    public void Add(int rows)
    {
        _rows += rows;
        if (_terminal is null || _watch.ElapsedMilliseconds - _shown < 500)
            return;
        _shown = _watch.ElapsedMilliseconds;
        _isShown = true;
        _terminal.Write("\r\u001b[K" + Describe());
    }

    /// <summary>Leaves a summary.</summary>
    /// <param name="use">Null where the device was not needed.</param>
    /// <param name="leftOut">Records that could not be read.</param>
    public void Finish(DeviceUse? use, long leftOut = 0)
    {
        Clear();
        var skipped = leftOut > 0 ? $", {NumberText.Count(leftOut, "bad line")} left out" : "";
        _notices.WriteLine(use is null ? Describe() + skipped : $"{Describe()}{skipped}; {use}");
    }

    public void Dispose() => Clear();

    private string Describe()
    {
        var rows = _total is { } total
            ? $"{NumberText.Count(_rows)} of {NumberText.Count(total, "row")}"
            : NumberText.Count(_rows, "row");
        return $"{rows}, {NumberText.Rate(_rows / Math.Max(0.001, _watch.Elapsed.TotalSeconds))} a second";
    }

    private void Clear()
    {
        if (_isShown)
            _terminal?.Write("\r\u001b[K");
        _isShown = false;
    }
}
