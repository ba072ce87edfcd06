using System.Globalization;

namespace FineWebTorch.Common;

/// <summary>Numbers as people read them, the same everywhere and in every country.</summary>
public static class NumberText
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>With commas between thousands: "1,234,567".</summary>
    public static string Count(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>As <see cref="Count"/>, with a decimal below 10.</summary>
    public static string Rate(double number) =>
        number.ToString(number < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    /// <summary>Three digits and a decimal unit: "1.23 GB".</summary>
    public static string Size(long bytes)
    {
        var (number, unit) = ((double)bytes, 0);
        for (; number >= 999.5; unit++)
            number /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{number:G3} {Units[unit]}");
    }

    /// <summary>The two largest units that matter: "3 h 20 min", "45 s".</summary>
    public static string Duration(TimeSpan span) => span.TotalHours >= 1
        ? $"{(int)span.TotalHours} h {span.Minutes} min"
        : span.TotalMinutes >= 1 ? $"{span.Minutes} min {span.Seconds} s" : $"{span.Seconds} s";
}
