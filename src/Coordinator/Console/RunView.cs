using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A run as lines that fit a terminal. Nothing is told by colour alone.</summary>
/// <param name="Width">Columns of the terminal; lines leave the last one free, where a cursor may be.</param>
/// <param name="Height">Rows of the terminal; the lines leave one free.</param>
/// <param name="Unicode">False: only ASCII.</param>
internal sealed record RunView(int Width, int Height, bool Unicode = true)
{
    /// <summary>Blank line, bar, five lines of totals, blank line.</summary>
    private const int LinesOfRun = 8;

    private const int LabelCells = 9;

    private static readonly Style Label = new(Color.Grey);
    private static readonly Style Bad = new(Color.Red);
    private static readonly Style Done = new(Color.Green);

    private int Cells => Math.Max(20, Width - 1);

    private string Mark => Unicode ? "…" : "...";

    public static RunView Of(IAnsiConsole console) =>
        new(console.Profile.Width, console.Profile.Height, console.Profile.Capabilities.Unicode);

    public IReadOnlyList<ViewLine> Lines(RunSnapshot snapshot, RunRates rates)
    {
        var room = Math.Max(1, Height - 1 - LinesOfRun);
        ViewLine[] lines =
        [
            new ViewLine(),
            Bar(snapshot),
            Fact("files", $"{NumberText.Count(snapshot.FilesDone)} of {NumberText.Count(snapshot.Files)} done" +
                (snapshot.FilesInWork > 0 ? $", {NumberText.Count(snapshot.FilesInWork)} in work" : "") +
                (snapshot.Safe is { } safe ? $", {NumberText.Count(safe.Shards)} safe on {safe.Revision}" : ""),
                snapshot.FilesFailed > 0 ? $", {NumberText.Count(snapshot.FilesFailed)} failed" : ""),
            Fact("rows", $"{NumberText.Count(snapshot.RowsScored)} of {NumberText.Count(snapshot.Rows)} scored"),
            Fact("kept", $"{NumberText.Count(snapshot.Kept)} " +
                $"({NumberText.Percent(snapshot.Kept, snapshot.RowsScored)})",
                snapshot.Unscorable > 0 ? $", {NumberText.Count(snapshot.Unscorable)} could not be scored" : ""),
            Speed(snapshot, rates),
            Fact("time", $"{NumberText.Duration(snapshot.Elapsed)} elapsed" +
                (rates.Remaining is { } left ? $", {NumberText.Duration(left)} left" : ""),
                snapshot.Paused ? ", paused until 'coordinator resume'" : ""),
            new ViewLine(),
            .. new WorkerTable(Cells, Mark, rates).Lines(snapshot.Workers, room),
        ];
        return lines.Length < Height ? lines : lines[..Math.Max(0, Height - 1)];
    }

    private ViewLine Bar(RunSnapshot snapshot)
    {
        var length = Cells - LabelCells;
        var scored = snapshot.Rows == 0 ? 0 : (int)(length * snapshot.RowsScored / snapshot.Rows);
        return new ViewLine().Add($" {NumberText.Percent(snapshot.RowsScored, snapshot.Rows)}".PadRight(LabelCells))
            .Add(new string(Unicode ? '█' : '#', scored), Done)
            .Add(new string(Unicode ? '░' : '.', length - scored), Label);
    }

    /// <summary>Or why there is none.</summary>
    private ViewLine Speed(RunSnapshot snapshot, RunRates rates) => snapshot switch
    {
        { Standstill: { } standstill } => Fact("stands", "", standstill),
        { Settling: { Ticks: > 0 } wait } => Fact(
            "waits", $"{NumberText.Duration(wait)} more for a better worker to choose dtype by (--settle)"),
        _ => Fact(
            "speed",
            $"{NumberText.Rate(rates.DocumentsPerSecond)} docs/s, {NumberText.Rate(rates.TokensPerSecond)} tokens/s"),
    };

    private ViewLine Fact(string name, string value, string bad = "")
    {
        var line = new ViewLine().Add($" {name}".PadRight(LabelCells), Label)
            .Add(CellText.Start(value, Cells - LabelCells, Mark));
        return bad.Length == 0 ? line : line.Add(CellText.Start(bad, Cells - line.Cells, Mark), Bad);
    }
}

/// <summary>A line a worker: name, device where there is room, speed, use of the device, file in work.</summary>
internal sealed class WorkerTable(int cells, string mark, RunRates rates)
{
    private const int RateCells = 8;
    private const int BusyCells = 6;
    private const int UseCells = 7;

    /// <summary>Where names, figures and files leave so much, the device is told too.</summary>
    private const int LeastForDevice = 100;

    private static readonly Style Label = new(Color.Grey);
    private static readonly Style Bad = new(Color.Red);

    /// <summary>How much of a device is in use, by its own counters, stands beside how long it computed for us.</summary>
    private bool _showsUse;

    /// <param name="workers">In the order in which they are told.</param>
    /// <param name="room">Most lines, at least 1.</param>
    public IEnumerable<ViewLine> Lines(IReadOnlyList<WorkerSnapshot> workers, int room)
    {
        if (workers.Count == 0)
        {
            yield return new ViewLine().Add(CellText.Start(" no worker yet", cells, mark), Label);
            yield break;
        }

        if (room < 3)
        {
            yield return Sum(workers, $" {NumberText.Count(workers.Count, "worker")}");
            yield break;
        }

        var (name, device) = Columns(workers);
        _showsUse = device > 0 && workers.Any(worker => worker.Figures?.Utilization is not null);
        var head = $" {CellText.PadRight("worker", name)}{CellText.PadRight(device > 0 ? "  device" : "", device)}" +
            $"{"docs/s",RateCells}{"busy",BusyCells}{(_showsUse ? $"{"in use",UseCells}" : "")}  file";
        yield return new ViewLine().Add(CellText.Start(head, cells, mark), Label);
        var shown = workers.Count <= room - 1 ? workers.Count : room - 2;
        // Where not all fit, those that need a look come first.
        var ordered = shown == workers.Count ? workers : [.. workers.OrderBy(IsWell)];
        foreach (var worker in ordered.Take(shown))
            yield return Line(worker, name, device);
        if (shown < workers.Count)
            yield return Sum(
                [.. ordered.Skip(shown)], $" and {NumberText.Count(workers.Count - shown, "more worker")}");
    }

    private static bool IsWell(WorkerSnapshot worker) => worker is { Connected: true, Quarantine: null };

    private (int Name, int Device) Columns(IReadOnlyList<WorkerSnapshot> workers)
    {
        var name = Math.Min(Math.Max(6, workers.Max(worker => worker.Name.GetCellWidth())), Math.Max(6, cells / 3));
        var device = workers.Max(worker => worker.Device.GetCellWidth());
        return (name, cells < LeastForDevice ? 0 : 2 + Math.Clamp(device, 6, cells / 4));
    }

    private ViewLine Line(WorkerSnapshot worker, int name, int device)
    {
        var line = new ViewLine().Add($" {CellText.PadRight(CellText.Start(worker.Name, name, mark), name)}");
        if (device > 0)
            line.Add("  " + CellText.PadRight(CellText.Start(worker.Device, device - 2, mark), device - 2), Label);
        if (worker.Connected)
            line.Add($"{Rate(worker),RateCells}{Share(worker.Busy),BusyCells}");
        else
            line.Add($"{"silent",RateCells}{"",BusyCells}", Bad);
        if (_showsUse)
            line.Add($"{(worker.Connected ? Share(worker.Figures?.Utilization) : ""),UseCells}");
        return line.Add("  " + Work(worker, cells - line.Cells - 2), worker.Quarantine is null ? Style.Plain : Bad);
    }

    private ViewLine Sum(IReadOnlyList<WorkerSnapshot> workers, string name)
    {
        var silent = workers.Count(worker => !worker.Connected);
        var quarantined = workers.Count(worker => worker.Quarantine is not null);
        return new ViewLine().Add(CellText.Start(
            $"{name}: {NumberText.Rate(workers.Sum(worker => rates.ByWorker.GetValueOrDefault(worker.Id)))} docs/s" +
            (silent > 0 ? $", {NumberText.Count(silent)} silent" : "") +
            (quarantined > 0 ? $", {NumberText.Count(quarantined)} quarantined" : ""), cells, mark));
    }

    /// <summary>What it scores now, and how many more things it holds.</summary>
    private string Work(WorkerSnapshot worker, int room)
    {
        if (worker.Quarantine is { } reason)
            return CellText.Start($"quarantined: {reason}", room, mark);
        if (worker.Leaving)
            return CellText.Start("is leaving", room, mark);
        if (worker.Work.FirstOrDefault(work => !work.IsBuild) is not { } scored)
            return CellText.End(worker.Work.Count > 0 ? worker.Work[0].ToString() : "waiting", room, mark);
        var rows = $" {NumberText.Count(scored.RowsScored)}/{NumberText.Count(scored.Rows)}";
        var more = worker.Work.Count > 1 ? $" +{NumberText.Count(worker.Work.Count - 1)}" : "";
        return room < rows.Length + more.Length + 4
            ? CellText.End(scored.File, room, mark)
            : CellText.End(scored.File, room - rows.Length - more.Length, mark) + rows + more;
    }

    private string Rate(WorkerSnapshot worker) => NumberText.Rate(rates.ByWorker.GetValueOrDefault(worker.Id));

    private static string Share(double? share) => share is { } known ? $"{NumberText.Count(100 * known)} %" : "-";
}
