using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Terminal;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A line a worker: name, device where there is room, speed, use of the device, file in work.</summary>
internal sealed class WorkerTable(int cells, Glyphs glyphs, RunRates rates)
{
    private const int RateCells = 8;
    private const int BusyCells = 6;
    private const int UseCells = 8;
    private const int PercentCells = 5;
    private const int PowerCells = 14;

    /// <summary>Where names, figures and files leave so much, the device is told too.</summary>
    private const int LeastForDevice = 100;

    /// <summary>Power, temperature and longer bars as well.</summary>
    private const int LeastForAll = 150;

    /// <summary>How much of a device is in use, by its own counters, stands beside how long it computed for us.</summary>
    private bool _showsUse;

    private bool _showsMemory;
    private bool _showsPower;

    private int BarCells => cells < LeastForAll ? 10 : 20;

    private string Mark => glyphs.Mark;

    /// <param name="workers">In the order in which they are told.</param>
    /// <param name="room">Most lines, at least 1.</param>
    public IEnumerable<ViewLine> Lines(IReadOnlyList<WorkerSnapshot> workers, int room)
    {
        if (workers.Count == 0)
        {
            yield return new ViewLine().Add(CellText.Start(" no worker yet", cells, Mark), ViewStyles.Label);
            yield break;
        }

        if (room < 3)
        {
            yield return Sum(workers, $" {NumberText.Count(workers.Count, "worker")}");
            yield break;
        }

        var shown = workers.Count <= room - 1 ? workers.Count : room - 2;
        // Where not all fit, those that need a look come first.
        var ordered = shown == workers.Count ? workers : [.. workers.OrderBy(IsWell)];
        IReadOnlyList<WorkerSnapshot> seen = [.. ordered.Take(shown)];
        var (name, device) = Columns(seen);
        yield return Head(name, device);
        foreach (var worker in seen)
            yield return Line(worker, name, device);
        if (shown < workers.Count)
            yield return Sum(
                [.. ordered.Skip(shown)], $" and {NumberText.Count(workers.Count - shown, "more worker")}");
    }

    private static bool IsWell(WorkerSnapshot worker) => worker is { Connected: true, Quarantine: null };

    private (int Name, int Device) Columns(IReadOnlyList<WorkerSnapshot> workers)
    {
        var name = Math.Min(
            Math.Max(6, workers.Max(worker => CellText.Width(worker.Name))), Math.Max(6, cells * 3 / 10));
        if (cells < LeastForDevice)
            return (name, 0);
        _showsUse = workers.Any(worker => worker.Figures?.Utilization is not null);
        _showsMemory = workers.Any(worker => worker.MemoryShare is not null);
        _showsPower = cells >= LeastForAll && workers.Any(worker => worker.Figures?.Watts is not null);
        return (name, 2 + Math.Clamp(workers.Max(worker => CellText.Width(worker.Device)), 6, cells / 5));
    }

    private ViewLine Head(int name, int device)
    {
        var head = $" {CellText.PadRight("worker", name)}{(device > 0 ? "  device".PadRight(device) : "")}" +
            $"{"docs/s",RateCells}{"busy",BusyCells}{(_showsUse ? $"{"in use",UseCells}" : "")}" +
            $"{(_showsMemory ? $"{"memory",UseCells}" : "")}{(_showsPower ? $"{"power",7}".PadRight(PowerCells) : "")}  " +
            (device > 0 ? "done".PadRight(BarCells + PercentCells) : $"{"done",PercentCells}") + "  file";
        return new ViewLine().Add(CellText.Start(head, cells, Mark), ViewStyles.Label);
    }

    private ViewLine Line(WorkerSnapshot worker, int name, int device)
    {
        var line = new ViewLine().Add($" {CellText.PadRight(CellText.Start(worker.Name, name, Mark), name)}");
        if (device > 0)
            line.Add(
                "  " + CellText.PadRight(CellText.Start(worker.Device, device - 2, Mark), device - 2), ViewStyles.Label);
        if (worker.Connected)
            line.Add($"{Rate(worker),RateCells}{RunFactLines.Share(worker.Busy),BusyCells}");
        else
            line.Add($"{"silent",RateCells}{"",BusyCells}", ViewStyles.Bad);
        if (_showsUse)
            line.Add(Figure(worker, worker.Figures?.Utilization));
        if (_showsMemory)
            line.Add(Figure(worker, worker.MemoryShare));
        if (_showsPower)
            line.Add(Power(worker));
        return Work(line.Add("  "), worker, hasBar: device > 0);
    }

    private static string Figure(WorkerSnapshot worker, double? share) =>
        $"{(worker.Connected ? RunFactLines.Share(share) : ""),UseCells}";

    private static string Power(WorkerSnapshot worker) => worker is { Connected: true, Figures: { Watts: { } watts } figures }
        ? $"{NumberText.Count(watts),5} W" + (figures.Celsius is { } celsius ? $"{NumberText.Count(celsius),4} °C" : "").PadRight(7)
        : new string(' ', PowerCells);

    private ViewLine Sum(IReadOnlyList<WorkerSnapshot> workers, string name)
    {
        var silent = workers.Count(worker => !worker.Connected);
        var quarantined = workers.Count(worker => worker.Quarantine is not null);
        return new ViewLine().Add(CellText.Start(
            $"{name}: {NumberText.Rate(workers.Sum(worker => rates.ByWorker.GetValueOrDefault(worker.Id)))} docs/s" +
            (silent > 0 ? $", {NumberText.Count(silent)} silent" : "") +
            (quarantined > 0 ? $", {NumberText.Count(quarantined)} quarantined" : ""), cells, Mark));
    }

    /// <summary>What it scores now and how far that is, and how many more things it holds.</summary>
    private ViewLine Work(ViewLine line, WorkerSnapshot worker, bool hasBar)
    {
        var room = cells - line.Cells;
        if (worker.Quarantine is { } reason)
            return line.Add(CellText.Start($"quarantined: {reason}", room, Mark), ViewStyles.Bad);
        if (worker.Leaving)
            return line.Add(CellText.Start("is leaving", room, Mark), ViewStyles.Warning);
        if (worker.Work.FirstOrDefault(work => !work.IsBuild) is not { } scored)
            return line.Add(
                CellText.End(worker.Work.Count > 0 ? worker.Work[0].ToString() : "waiting", room, Mark),
                worker.Work.Count > 0 ? Style.Plain : ViewStyles.Label);
        var share = scored.Rows == 0 ? 0 : (double)scored.RowsScored / scored.Rows;
        if (hasBar)
        {
            var (done, rest) = Charts.Bar(share, BarCells, glyphs.ThinBar);
            line.Add(done, ViewStyles.Good).Add(rest, ViewStyles.Label);
        }

        // All of it only when it is all.
        line.Add($"{NumberText.Count(Math.Floor(100 * share))} %".PadLeft(PercentCells) + "  ");
        var more = worker.Work.Count > 1 ? $" +{NumberText.Count(worker.Work.Count - 1)}" : "";
        return line.Add(CellText.End(scored.File, cells - line.Cells - more.Length, Mark) + more);
    }

    private string Rate(WorkerSnapshot worker) => NumberText.Rate(rates.ByWorker.GetValueOrDefault(worker.Id));
}
