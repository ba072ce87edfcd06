using System.Globalization;
using System.Threading.Channels;
using FineWebTorch.Coordinator.Running;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A display that is drawn anew several times a second, with events passing by above it.</summary>
internal sealed class LiveReporter : IReporter
{
    private static readonly Style Time = new(Color.Grey);
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
        Watch();
    }

    public void Watch() => _drawing = DrawAsync();

    public void Observe(RunEvent happened) => _news.Writer.TryWrite(
        (_time.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture), happened));

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
            else if (news is (string now, RunEvent happened))
                Print(now, happened);
        }

        _screen.Clear();
    }

    private void Print(string now, RunEvent happened)
    {
        var style = happened switch
        {
            RunEvent.FileFailed => Failure,
            RunEvent.AttemptFailed or RunEvent.Warning or RunEvent.WorkerLost or RunEvent.WorkerTurnedAway or
                RunEvent.ShardsLost => Warning,
            _ => Style.Plain,
        };
        var room = Math.Max(20, _console.Profile.Width - 1 - now.Length);
        foreach (var (index, part) in CellText.Wrap(EventText.Of(happened), room).Index())
            _screen.Print(new ViewLine().Add(index == 0 ? now : new string(' ', now.Length), Time).Add(part, style));
    }
}
