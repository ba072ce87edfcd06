using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Console;

/// <summary>What the workers that are here do with their devices; what none of them tells is null.</summary>
internal sealed record FleetUse
{
    /// <summary><c>CPU</c> or <c>GPU</c>, which most are; null where nobody is here.</summary>
    public string? Kind { get; init; }

    /// <summary>By the devices' own counters, 0 to 1.</summary>
    public Quartiles? Device { get; init; }

    /// <summary>Share of the devices' memory.</summary>
    public Quartiles? Memory { get; init; }

    /// <summary>Share of the last half minute that devices computed for the run.</summary>
    public Quartiles? Busy { get; init; }

    /// <summary>Means.</summary>
    public DevicePhases? Phases { get; init; }

    /// <summary>Share of what devices have computed that was no token.</summary>
    public double? Padding { get; init; }

    public static FleetUse Of(IReadOnlyList<WorkerSnapshot> workers)
    {
        List<WorkerSnapshot> here = [.. workers.Where(worker => worker.Connected)];
        return new FleetUse
        {
            Kind = KindOf(here),
            Device = Quartiles.Of(here.Select(worker => worker.Figures?.Utilization)),
            Memory = Quartiles.Of(here.Select(worker => worker.MemoryShare)),
            Busy = Quartiles.Of(here.Select(worker => worker.Busy)),
            Phases = MeanOf([.. here.Select(worker => worker.Phases).OfType<DevicePhases>()]),
            Padding = PaddingOf([.. here.Select(worker => worker.Told).OfType<WorkerTotals>()]),
        };
    }

    private static string? KindOf(List<WorkerSnapshot> here) => here.Count == 0 ? null
        : 2 * here.Count(worker => worker.DeviceKind == "cpu") > here.Count ? "CPU"
        : "GPU";

    private static DevicePhases? MeanOf(IReadOnlyList<DevicePhases> all) => all.Count == 0 ? null : new DevicePhases(
        all.Average(one => one.Busy), all.Average(one => one.Reader), all.Average(one => one.Tokenizer),
        all.Average(one => one.Writer))
    {
        Network = all.Average(one => one.Network),
    };

    private static double? PaddingOf(IReadOnlyList<WorkerTotals> all)
    {
        var positions = all.Sum(one => (double)one.Positions);
        return positions > 0 ? Math.Max(0, 1 - (all.Sum(one => (double)one.Tokens) / positions)) : null;
    }
}

/// <summary>The middle of some numbers, and between what the middle half of them lies.</summary>
internal sealed record Quartiles(double Median, double Low, double High)
{
    /// <returns>Null where none is known.</returns>
    public static Quartiles? Of(IEnumerable<double?> values)
    {
        double[] sorted = [.. values.OfType<double>().Order()];
        return sorted.Length == 0 ? null : new Quartiles(At(sorted, 0.5), At(sorted, 0.25), At(sorted, 0.75));
    }

    /// <summary>Between two numbers in proportion, as NumPy's percentile does by default.</summary>
    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
