using System.Globalization;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Terminal;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A display that is drawn anew several times a second, with events passing by above it.</summary>
/// <param name="title">Null until the run has started.</param>
internal sealed class LiveReporter(
    IAnsiConsole console, Glyphs glyphs, TimeProvider time, RunTitle? title = null) : IReporter
{
    /// <summary>Of the events that happened before anyone watched.</summary>
    private const int MostEarlier = 8;

    private readonly LiveScreen _screen = new(console);
    private RunTitle? _title = title;
    private long? _lastEvent;
    private (RunProgress? Progress, int Width, int Height) _drawn;

    public TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);

    public void Started(RunHeader header)
    {
        _title = new RunTitle(header.Output, header.Model);
        foreach (var line in SummaryText.Start(header, isKept: false))
            _screen.Print(new ViewLine().Add(line));
    }

    public void Observe(RunEvent happened)
    {
        // Of a picture that was not drawn a newer one says more.
        if (happened is not RunEvent.NotTold { Events: 0 })
            Print(time.GetLocalNow(), EventText.Of(happened), EventText.WeightOf(happened));
    }

    /// <summary>A line of somebody else.</summary>
    public void Say(string line) => _screen.Print(new ViewLine().Add(line));

    /// <summary>The terminal may have another size each time.</summary>
    public void Progress(RunProgress progress)
    {
        var (width, height) = (console.Profile.Width, console.Profile.Height);
        if (_drawn == (progress, width, height))
            return;
        foreach (var told in progress.Events
            .Where(told => told.Number > (_lastEvent ?? 0)).TakeLast(_lastEvent is null ? MostEarlier : int.MaxValue))
            Print(TimeZoneInfo.ConvertTime(told.Time, time.LocalTimeZone), told.Text, told.Weight);
        _lastEvent = progress.Events.Count > 0 ? progress.Events[^1].Number : _lastEvent;
        _screen.Draw(new RunView(width, height, glyphs) { Title = _title }.Lines(progress));
        _drawn = (progress, width, height);
    }

    public void Finished(RunSummary summary)
    {
        _screen.Clear();
        foreach (var line in SummaryText.End(summary))
            _screen.Print(new ViewLine().Add(line));
    }

    public void Dispose() => _screen.Clear();

    private void Print(DateTimeOffset at, string text, EventWeight weight)
    {
        var style = weight switch
        {
            EventWeight.Failure => ViewStyles.Bad,
            EventWeight.Warning => ViewStyles.Warning,
            _ => Style.Plain,
        };
        var clock = at.ToString("HH:mm:ss ", CultureInfo.InvariantCulture);
        var room = Math.Max(20, console.Profile.Width - 1 - clock.Length);
        foreach (var (index, part) in CellText.Wrap(text, room).Index())
            _screen.Print(new ViewLine()
                .Add(index == 0 ? clock : new string(' ', clock.Length), ViewStyles.Label).Add(part, style));
    }
}
