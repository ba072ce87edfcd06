using System.Globalization;

namespace FineWebTorch.Common;

/// <summary>Numbers as people read them, the same everywhere and in every country.</summary>
public static class NumberText
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>With commas between thousands: "1,234,567".</summary>
    public static string Count(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number and what it counts: "1 file", "2,000 files".</summary>
    /// <param name="noun">Of one.</param>
    /// <param name="plural">Where it is not the noun and an s.</param>
    public static string Count(long number, string noun, string? plural = null) =>
        $"{Count(number)} {(number == 1 ? noun : plural ?? noun + "s")}";

    /// <summary>As <see cref="Count(double)"/>, with a decimal below 10.</summary>
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

    /// <summary>A share with one decimal: "12.5 %"; "100.0 %" only for all of it.</summary>
    /// <param name="part">Of <paramref name="whole"/>; a whole of 0 gives "-".</param>
    /// <param name="whole">At least <paramref name="part"/>.</param>
    public static string Percent(double part, double whole)
    {
        if (whole <= 0)
            return "-";
        var percent = 100 * part / whole;
        return (part < whole ? Math.Min(percent, 99.9) : percent).ToString("0.0", CultureInfo.InvariantCulture) + " %";
    }

    /// <summary>The two largest units that matter: "3 h 20 min", "45 s"; below ten seconds a decimal: "4.2 s".</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalHours: >= 1 } => $"{(int)span.TotalHours} h {span.Minutes} min",
        { TotalMinutes: >= 1 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalSeconds: >= 10 } => $"{span.Seconds} s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalSeconds * 10) / 10:0.0} s"),
    };
}
