using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Web;

/// <summary>The workers of a run at one moment, a page of them at a time.</summary>
internal sealed class WorkerList(RunProgress progress)
{
    /// <exception cref="FormatException">The list has no such order.</exception>
    public object Page(ListRequest request)
    {
        var run = progress.Snapshot;
        var found = run.Workers.Where(worker => request.Finds(worker.Name) || request.Finds(worker.Device)).ToList();
        var ordered = request.Sort switch
        {
            "" or "name" => found,
            "rate" => [.. found.OrderByDescending(RateOf)],
            "use" => [.. found.OrderByDescending(worker => worker.Figures?.Utilization ?? worker.Busy ?? -1)],
            "state" => (IReadOnlyList<WorkerSnapshot>)[.. found.OrderBy(PlaceOf)],
            var other => throw new FormatException($"sort={other}: give name, rate, use or state"),
        };
        // Equal ones stand in the order of their names, up and down alike.
        var turned = request.Order is { Length: > 0 } order && order != NaturalOrder(request.Sort)
            ? ordered.Reverse()
            : ordered;
        var page = turned.Skip((int)Math.Min(request.Offset, int.MaxValue)).Take(request.Limit);
        return new { Total = found.Count, Items = page.Select(Describe) };
    }

    private static string NaturalOrder(string sort) => sort is "rate" or "use" ? "desc" : "asc";

    private double RateOf(WorkerSnapshot worker) => progress.Rates.ByWorker.GetValueOrDefault(worker.Id);

    private int PlaceOf(WorkerSnapshot worker) =>
        WorkerState.InOrder.Index().First(state => state.Item == WorkerState.Of(worker, progress.Snapshot)).Index;

    private object Describe(WorkerSnapshot worker) => new
    {
        worker.Name,
        worker.Device,
        worker.NumericClass,
        State = WorkerState.Of(worker, progress.Snapshot),
        StateText = worker.Quarantine,
        Rate = Math.Round(RateOf(worker), 1),
        worker.Busy,
        Phases = PageSnapshot.PhasesOf(worker.Phases),
        Use = worker.Figures?.Utilization,
        worker.Figures?.MemoryUsed,
        worker.Figures?.MemoryTotal,
        worker.Figures?.Watts,
        worker.Figures?.Celsius,
        worker.Told?.BatchesInFlight,
        worker.Rows,
        worker.Failures,
        LastProgressSeconds = Math.Round(worker.SinceProgress.TotalSeconds, 1),
        Work = worker.Work.Select(work => new
        {
            work.File,
            Building = work.IsBuild,
            Scored = work.RowsScored,
            work.Rows,
        }),
    };
}
