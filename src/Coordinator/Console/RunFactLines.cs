using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Terminal;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>What there is to tell of a run, a line each, with a name before it.</summary>
/// <param name="cells">Of each line at most.</param>
internal sealed class RunFactLines(RunProgress progress, int cells, Glyphs glyphs)
{
    /// <summary>Of a course over time; a shorter one tells nothing.</summary>
    private const int LeastOfCourse = 8;

    /// <summary>Of fewer workers the table shows as much.</summary>
    private const int ManyWorkers = 8;

    private readonly RunSnapshot _run = progress.Snapshot;
    private readonly RunRates _rates = progress.Rates;

    private int Room => cells - RunView.LabelCells;

    /// <summary>In their order.</summary>
    public IEnumerable<ViewPart> Parts()
    {
        if (Standing() is { } standing)
            yield return Part(1, standing);
        yield return Part(2, Fact("time", Time()));
        yield return Part(4, Fact(
            "rows", $"{NumberText.Count(_run.RowsScored)} of {NumberText.Count(_run.Rows)} scored"));
        yield return Part(5, Files());
        yield return Part(6, Fact(
            "kept", $"{NumberText.Count(_run.Kept)} ({NumberText.Percent(_run.Kept, _run.RowsScored)})",
            _run.Unscorable > 0 ? $", {NumberText.Count(_run.Unscorable)} could not be scored" : ""));
        if (_run.Workers.Count > ManyWorkers)
            yield return Part(10, Workers());
        foreach (var (index, course) in Courses().Index())
            yield return Part(index == 0 ? 3 : 9, course);
        if (_rates.Fleet.Phases is { } phases && !IsNarrow)
            yield return Part(14, Fact(
                "waits", $"reader {Share(phases.Reader)}, tokenizer {Share(phases.Tokenizer)}, " +
                    $"writer {Share(phases.Writer)}, network {Share(phases.Network)}"));
        if (_rates.Cost is { } cost)
            yield return Part(13, Fact("cost", $"{Money(cost.SoFar)} so far" +
                (cost.ToEnd is { } rest ? $", {Money(rest)} to the end" : "") + $", {Money(cost.PerHour)} an hour"));
    }

    public static string Share(double? share) => share is { } known ? $"{NumberText.Count(100 * known)} %" : "-";

    private bool IsNarrow => cells < 64;

    private static ViewPart Part(int rank, ViewLine line) => new(rank, [line]) { IsFact = true };

    private static string Money(double money) => money.ToString("N2", CultureInfo.InvariantCulture);

    /// <summary>Why nothing goes on, or not all.</summary>
    private ViewLine? Standing() => RunStanding.Of(_run) switch
    {
        (RunStanding.Standstill, { } reason) => Fact("stands", "", reason),
        (RunStanding.Paused, { } reason) => Fact("paused", "", $"{reason} ('coordinator resume')", ViewStyles.Warning),
        (RunStanding.Settling, { } reason) => Fact("waits", reason),
        _ => null,
    };

    private string Time()
    {
        var time = $"{NumberText.Duration(_run.Elapsed)} elapsed" +
            (_rates.Remaining is { } left ? $", {NumberText.Duration(left)} left" : "");
        var range = (_rates.RemainingLow, _rates.RemainingHigh) switch
        {
            ({ } low, { } high) => $" ({NumberText.Duration(low)} {glyphs.To} {NumberText.Duration(high)})",
            ({ } low, null) => $" (at least {NumberText.Duration(low)})",
            _ => "",
        };
        return time.Length + range.Length <= Room ? time + range : time;
    }

    private ViewLine Files()
    {
        var failed = _run.FilesFailed - _run.FilesSkipped;
        return Fact(
            "files",
            $"{NumberText.Count(_run.FilesDone)} of {NumberText.Count(_run.Files)} done" +
                (_run.FilesInWork > 0 ? $", {NumberText.Count(_run.FilesInWork)} in work" : "") +
                (_run.Safe is { } safe ? $", {NumberText.Count(safe.Shards)} safe on {safe.Revision}" : "") +
                (_run.FilesSkipped > 0 ? $", {NumberText.Count(_run.FilesSkipped)} skipped" : ""),
            failed > 0 ? $", {NumberText.Count(failed)} failed" : "");
    }

    private ViewLine Workers()
    {
        var states = _run.Workers.CountBy(worker => WorkerState.Of(worker, _run)).ToDictionary();
        string Told(params string[] names) => string.Join(
            ", ", names.Where(states.ContainsKey).Select(name => $"{NumberText.Count(states[name])} {name}"));
        var well = Told(WorkerState.Working, WorkerState.Idle, WorkerState.Paused, WorkerState.Leaving);
        var bad = Told(WorkerState.Quarantined, WorkerState.Lost);
        return Fact(
            "workers", $"{NumberText.Count(_run.Workers.Count)}: {well}",
            bad.Length > 0 && well.Length > 0 ? $", {bad}" : bad);
    }

    /// <summary>What changes from second to second: the figure of now, its course, and what belongs to it.</summary>
    private IEnumerable<ViewLine> Courses()
    {
        var fleet = _rates.Fleet;
        var rate = new Course(
            "docs/s", NumberText.Rate(_rates.DocumentsPerSecond), progress.Past.Documents,
            progress.Past.Documents.Max() ?? 0, $"{NumberText.Rate(_rates.TokensPerSecond)} tokens/s", ViewStyles.Course);
        string[] more = [
            .. fleet.Device is null ? [] : (string[])[$"busy {Share(fleet.Busy?.Median)}"],
            .. fleet.Memory is { } memory && !IsNarrow ? (string[])[$"memory {Share(memory.Median)}"] : []];
        var use = (fleet.Device ?? fleet.Busy) is { } median
            ? new Course(
                $"{fleet.Kind} {(fleet.Device is null ? "busy" : "use")}", Share(median.Median), progress.Past.Use, 1,
                string.Join(", ", more), ViewStyles.Use)
            : null;
        Course[] all = use is null ? [rate] : [rate, use];
        var value = Math.Max(7, all.Max(course => course.Value.Length + 2));
        var tail = all.Max(course => course.Tail.Length);
        return all.Select(course => Line(course, value, Room - value - tail - 2));
    }

    private ViewLine Line(Course course, int valueCells, int lineCells)
    {
        if (lineCells < LeastOfCourse)
            return Fact(course.Name, course.Value + (course.Tail.Length > 0 ? $", {course.Tail}" : ""));
        return Fact(course.Name, course.Value.PadRight(valueCells))
            .Add(Charts.Line(course.Values, lineCells, Math.Max(course.Top, double.Epsilon), glyphs), course.Style)
            .Add(course.Tail.Length > 0 ? $"  {course.Tail}" : "");
    }

    private ViewLine Fact(string name, string value, string bad = "", Style? style = null)
    {
        var line = new ViewLine().Add($" {name}".PadRight(RunView.LabelCells), ViewStyles.Label)
            .Add(CellText.Start(value, Room, glyphs.Mark));
        return bad.Length == 0
            ? line
            : line.Add(CellText.Start(bad, cells - line.Cells, glyphs.Mark), style ?? ViewStyles.Bad);
    }

    /// <param name="Top">What fills a cell.</param>
    /// <param name="Tail">May be empty.</param>
    private sealed record Course(string Name, string Value, IReadOnlyList<double?> Values, double Top, string Tail, Style Style);
}
