using System.Globalization;
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

    public LiveReporter(IAnsiConsole console, TimeProvider time)
    {
        (_console, _time) = (console, time);
        _screen = new LiveScreen(console);
    }

    public TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);

    public void Started(RunHeader header)
    {
        foreach (var line in SummaryText.Start(header, isKept: false))
            _screen.Print(new ViewLine().Add(line));
    }

    public void Observe(RunEvent happened)
    {
        // Of a picture that was not drawn a newer one says more.
        if (happened is not RunEvent.NotTold { Events: 0 })
            Print(_time.GetLocalNow().ToString("HH:mm:ss ", CultureInfo.InvariantCulture), happened);
    }

    /// <summary>The terminal may have another size each time.</summary>
    public void Progress(RunSnapshot snapshot, RunRates rates) =>
        _screen.Draw(RunView.Of(_console).Lines(snapshot, rates));

    public void Finished(RunSummary summary)
    {
        _screen.Clear();
        foreach (var line in SummaryText.End(summary))
            _screen.Print(new ViewLine().Add(line));
    }

    public void Dispose() => _screen.Clear();

    private void Print(string now, RunEvent happened)
    {
        var style = happened switch
        {
            RunEvent.FileFailed or RunEvent.NoHealthyWorker => Failure,
            RunEvent.AttemptFailed or RunEvent.Warning or RunEvent.WorkerLost or RunEvent.LeaseStalled or
                RunEvent.WorkerTurnedAway or RunEvent.WorkerQuarantined or RunEvent.DocumentEndsWorkers or
                RunEvent.ShardsLost or RunEvent.NotTold => Warning,
            _ => Style.Plain,
        };
        var room = Math.Max(20, _console.Profile.Width - 1 - now.Length);
        foreach (var (index, part) in CellText.Wrap(EventText.Of(happened), room).Index())
            _screen.Print(new ViewLine().Add(index == 0 ? now : new string(' ', now.Length), Time).Add(part, style));
    }
}
