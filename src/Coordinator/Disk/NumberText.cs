using System.Globalization;

namespace FineWebTorch.Coordinator.Disk;

/// <summary>Counts, rates, sizes and durations as people read them.</summary>
internal static class NumberText
{
    public static string Count(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Rate(double number) =>
        number.ToString(number < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    /// <summary>Three digits and a decimal unit: "1.23 GB".</summary>
    public static string Size(long bytes)
    {
        string[] units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];
        var (number, unit) = ((double)bytes, 0);
        for (; number >= 999.5; unit++)
            number /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{number:G3} {units[unit]}");
    }

    public static string Duration(TimeSpan span) => span.TotalHours >= 1
        ? $"{(int)span.TotalHours} h {span.Minutes} min"
        : span.TotalMinutes >= 1 ? $"{span.Minutes} min {span.Seconds} s" : $"{span.Seconds} s";
}
