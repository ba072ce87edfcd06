using System.Diagnostics;

namespace FineWebTorch.Bench;

public static class Clock
{
    /// <returns>Seconds by the clock on the wall.</returns>
    public static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
