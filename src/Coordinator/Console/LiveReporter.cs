using System.Threading.Channels;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A display that is drawn anew several times a second, with events passing by above it.</summary>
internal sealed class LiveReporter : IReporter
{
    private readonly IAnsiConsole _console;

    private readonly Channel<object> _news = Channel.CreateUnbounded<object>(
        new UnboundedChannelOptions { SingleReader = true });

    private Task _drawing = Task.CompletedTask;

    public LiveReporter(IAnsiConsole console) => _console = console;

    public TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);

    public void Started(RunHeader header)
    {
        foreach (var line in SummaryText.Start(header))
            WriteLine(line);
        _drawing = _console.Live(new Text("")).AutoClear(true).StartAsync(DrawAsync);
    }

    public void Observe(RunEvent happened) => _news.Writer.TryWrite(EventText.Of(happened));

    public void Progress(RunSnapshot snapshot, RunRates rates) => _news.Writer.TryWrite(Draw(snapshot, rates));

    public void Finished(RunSummary summary)
    {
        Dispose();
        foreach (var line in SummaryText.End(summary))
            WriteLine(line);
    }

    public void Dispose()
    {
        _news.Writer.TryComplete();
        _drawing.GetAwaiter().GetResult();
    }

    /// <summary>Only this task writes while the display stands: lines go above it.</summary>
    private async Task DrawAsync(LiveDisplayContext display)
    {
        await foreach (var news in _news.Reader.ReadAllAsync())
        {
            if (news is IRenderable picture)
                display.UpdateTarget(picture);
            else
                WriteLine((string)news);
        }
    }

    // Not markup: names of files and workers may hold brackets.
    private void WriteLine(string line) => _console.Write(new Text(line + "\n"));

    private static Rows Draw(RunSnapshot snapshot, RunRates rates)
    {
        var totals = new Grid().AddColumns(2);
        Add(totals, "files", $"{snapshot.FilesDone} of {snapshot.Files} done" +
            (snapshot.FilesFailed > 0 ? $", {snapshot.FilesFailed} failed" : ""));
        Add(totals, "rows", $"{NumberText.Count(snapshot.RowsScored)} of {NumberText.Count(snapshot.Rows)}");
        Add(totals, "kept", NumberText.Count(snapshot.Kept) +
            (snapshot.Unscorable > 0 ? $", {NumberText.Count(snapshot.Unscorable)} could not be scored" : ""));
        Add(totals, "speed", $"{NumberText.Rate(rates.DocumentsPerSecond)} docs/s, " +
            $"{NumberText.Rate(rates.TokensPerSecond)} tokens/s");
        Add(totals, "left", rates.Remaining is { } left ? NumberText.Duration(left) : "-");
        var done = snapshot.Rows == 0 ? 0 : (double)snapshot.RowsScored / snapshot.Rows;
        return new Rows(
            new BreakdownChart().HideTags().Width(60)
                .AddItem("scored", done, Color.Green).AddItem("left", Math.Max(0, 1 - done), Color.Grey),
            totals,
            DrawWorkers(snapshot, rates));
    }

    private static IRenderable DrawWorkers(RunSnapshot snapshot, RunRates rates)
    {
        if (snapshot.Workers.Count == 0)
            return new Text("no worker yet");
        var table = new Table().Border(TableBorder.Simple).AddColumns("worker", "device", "docs/s", "doing");
        foreach (var worker in snapshot.Workers)
            table.AddRow(
                new Text(worker.Name),
                new Text(worker.Device),
                new Text(worker.Connected ? NumberText.Rate(rates.ByWorker.GetValueOrDefault(worker.Id)) : "silent"),
                new Text(worker.Doing));
        return table;
    }

    private static void Add(Grid grid, string name, string value) =>
        grid.AddRow(new Text(name, new Style(Color.Grey)), new Text(value));
}
