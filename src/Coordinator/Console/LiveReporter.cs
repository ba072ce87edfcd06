using System.Globalization;
using System.Threading.Channels;
using FineWebTorch.Coordinator.Running;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A display that is drawn anew several times a second, with events passing by above it.</summary>
internal sealed class LiveReporter : IReporter
{
    private static readonly Style Warning = new(Color.Yellow);
    private static readonly Style Failure = new(Color.Red);

    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private readonly LiveScreen _screen;

    private readonly Channel<object> _news = Channel.CreateUnbounded<object>(
        new UnboundedChannelOptions { SingleReader = true });

    private Task _drawing = Task.CompletedTask;

    public LiveReporter(IAnsiConsole console, TimeProvider time)
    {
        (_console, _time) = (console, time);
        _screen = new LiveScreen(console);
    }

    public TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);

    public void Started(RunHeader header)
    {
        foreach (var line in SummaryText.Start(header))
            _screen.Print(new ViewLine().Add(line));
        _drawing = DrawAsync();
    }

    public void Observe(RunEvent happened) => _news.Writer.TryWrite(new ViewLine()
        .Add(_time.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture), new Style(Color.Grey))
        .Add(EventText.Of(happened), happened switch
        {
            RunEvent.FileFailed => Failure,
            RunEvent.AttemptFailed or RunEvent.Warning or RunEvent.WorkerLost or RunEvent.WorkerTurnedAway or
                RunEvent.ShardsLost => Warning,
            _ => Style.Plain,
        }));

    public void Progress(RunSnapshot snapshot, RunRates rates) => _news.Writer.TryWrite((snapshot, rates));

    public void Finished(RunSummary summary)
    {
        Dispose();
        foreach (var line in SummaryText.End(summary))
            _screen.Print(new ViewLine().Add(line));
    }

    public void Dispose()
    {
        _news.Writer.TryComplete();
        _drawing.GetAwaiter().GetResult();
    }

    /// <summary>Only this task writes while the display stands: lines go above it.</summary>
    private async Task DrawAsync()
    {
        await foreach (var news in _news.Reader.ReadAllAsync())
        {
            // The terminal may have another size each time.
            if (news is (RunSnapshot snapshot, RunRates rates))
                _screen.Draw(RunView.Of(_console).Lines(snapshot, rates));
            else
                _screen.Print((ViewLine)news);
        }

        _screen.Clear();
    }
}
