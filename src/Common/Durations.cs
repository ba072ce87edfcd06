using System.Globalization;

namespace FineWebTorch.Common;

/// <summary>
/// Durations as people type them: <c>500ms</c>, <c>45s</c>, <c>30m</c>, <c>2h</c>, <c>1d</c>, <c>1.5h</c>.
/// </summary>
public static class Durations
{
    private static readonly (string Suffix, double Milliseconds)[] Units =
        [("ms", 1), ("s", 1e3), ("m", 60e3), ("h", 3600e3), ("d", 86400e3)];

    /// <returns>False unless the text is a positive number followed by a unit, at most 1,000 days in all.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (suffix, milliseconds) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal) ||
                !double.TryParse(
                    text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture, out var number))
                continue;
            var total = number * milliseconds;
            if (!(total > 0 && total <= 1000 * 86400e3))
                return false;
            duration = TimeSpan.FromMilliseconds(total);
            return true;
        }

        return false;
    }

    /// <summary>As people read a time that was typed: "30 min", "1.5 h", "12 s".</summary>
    public static string Describe(TimeSpan time) => time switch
    {
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
    };
}
