using FineWebTorch.Common;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A device's counters for people.</summary>
internal static class DeviceText
{
    /// <summary>Like "in use 98 %", "memory 12.4 GB of 80 GB", "412 W", "61 °C"; what is not known is left out.</summary>
    public static IEnumerable<string> Parts(DeviceFigures? figures)
    {
        if (figures?.Utilization is { } share)
            yield return $"in use {NumberText.Percent(share, 1)}";
        if (figures?.MemoryUsed is { } used)
            yield return $"memory {NumberText.Size(used)}" +
                (figures.MemoryTotal is { } total ? $" of {NumberText.Size(total)}" : "");
        if (figures?.Watts is { } watts)
            yield return $"{NumberText.Count(watts)} W";
        if (figures?.Celsius is { } celsius)
            yield return $"{NumberText.Count(celsius)} °C";
    }
}
