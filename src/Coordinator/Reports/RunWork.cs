using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Reports;

/// <summary>
/// Who has worked on a run and when, over all its sessions, as far as the ledger knows: when each worker's first and
/// last scores of each file came.
/// </summary>
internal sealed class RunWork
{
    private const int MostPoints = 120;

    /// <summary>Of fewer seconds no course is told.</summary>
    private const int ShortestCourse = 20;

    /// <summary>In a longer one nobody worked: a run that was interrupted, a worker that had left.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly List<WorkRecord> _work;

    public RunWork(IEnumerable<WorkRecord> work)
    {
        _work = [.. work.OrderBy(one => one.First).ThenBy(one => one.File)
            .ThenBy(one => one.WorkerId, StringComparer.Ordinal)];
        Rows = _work.Sum(one => one.Rows);
        Time = TimeOf(_work);
        Devices = [.. _work.GroupBy(one => one.Device, StringComparer.Ordinal).Select(DeviceOf)
            .OrderByDescending(device => device.Rows).ThenBy(device => device.Device, StringComparer.Ordinal)];
    }

    /// <summary>Also of files that have failed.</summary>
    public long Rows { get; }

    /// <summary>When the first score came; null where none has.</summary>
    public DateTimeOffset? First => _work.Count == 0 ? null : _work[0].First;

    public DateTimeOffset? Last => _work.Count == 0 ? null : _work.Max(one => one.Last);

    /// <summary>In which somebody worked.</summary>
    public TimeSpan Time { get; }

    /// <summary>Those that have scored most come first.</summary>
    public IReadOnlyList<DeviceWork> Devices { get; }

    /// <summary>Of all workers together.</summary>
    public TimeSpan WorkerTime => Devices.Aggregate(TimeSpan.Zero, (sum, device) => sum + device.Time);

    /// <summary>
    /// Documents a second, as means over equal steps from the first score to the last; empty for a short run.
    /// </summary>
    public IReadOnlyList<double> Course()
    {
        if (First is not { } first || Last is not { } last || (last - first).TotalSeconds < ShortestCourse)
            return [];
        var seconds = (last - first).TotalSeconds;
        var rows = new double[(int)Math.Clamp(seconds / 5, 4, MostPoints)];
        var step = seconds / rows.Length;
        foreach (var one in _work)
            Spread(one.Rows, (one.First - first).TotalSeconds / step, (one.Last - first).TotalSeconds / step, rows);
        return [.. rows.Select(count => count / step)];
    }

    /// <summary>Evenly over a time, in steps; when within it they were scored is not known.</summary>
    private static void Spread(long count, double from, double to, double[] rows)
    {
        var (first, last) = (Math.Clamp((int)from, 0, rows.Length - 1), Math.Clamp((int)to, 0, rows.Length - 1));
        for (var step = first; step <= last; step++)
        {
            var within = Math.Min(to, step + 1) - Math.Max(from, step);
            rows[step] += first == last ? count : count * within / (to - from);
        }
    }

    private static DeviceWork DeviceOf(IGrouping<string, WorkRecord> device)
    {
        var workers = device.GroupBy(one => one.WorkerId, StringComparer.Ordinal).ToList();
        return new DeviceWork(
            device.Key, workers.Count, device.Sum(one => one.Rows),
            workers.Aggregate(TimeSpan.Zero, (sum, worker) => sum + TimeOf(worker)));
    }

    /// <param name="work">By when it began.</param>
    private static TimeSpan TimeOf(IEnumerable<WorkRecord> work)
    {
        var (time, end) = (TimeSpan.Zero, (DateTimeOffset?)null);
        foreach (var one in work)
        {
            var begin = end is { } before && one.First - before <= LongestPause ? before : one.First;
            if (one.Last > begin)
                time += one.Last - begin;
            end = end > one.Last ? end : one.Last;
        }

        return time;
    }
}

/// <summary>What devices of one kind have done.</summary>
/// <param name="Time">Of all its workers together, without their start and the longer pauses.</param>
internal sealed record DeviceWork(string Device, int Workers, long Rows, TimeSpan Time);
