using System.Globalization;
using System.Text;

namespace FineWebTorch.Bench;

/// <summary>Rows as text: a heading a subject, columns as wide as they need to be.</summary>
public static class BenchTable
{
    private static readonly string[] Headings = ["case", "contender", "median", "spread", "unit", "ours is", "note"];

    public static string Format(IEnumerable<BenchRow> rows)
    {
        var text = new StringBuilder();
        foreach (var subject in rows.GroupBy(row => row.Subject))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{subject.Key}\n");
            List<string[]> lines = [Headings, .. subject.Select(Cells)];
            var widths = Headings.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
            foreach (var line in lines)
            {
                var cells = line.Select((cell, column) => Pad(cell, column, widths[column]));
                text.Append("  ").AppendLine(string.Join("  ", cells).TrimEnd());
            }
        }
        return text.ToString();
    }

    /// <summary>Three digits that mean something, and no more than are there.</summary>
    public static string Number(double value)
    {
        var format = Math.Abs(value) switch
        {
            >= 100 => "0",
            >= 10 => "0.0",
            >= 1 or 0 => "0.00",
            >= 0.01 => "0.000",
            _ => "0.0e+00",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string[] Cells(BenchRow row) =>
    [
        row.Case,
        row.Contender,
        row.Median is { } median ? Number(median) : "",
        row is { Least: { } least, Most: { } most, Runs: > 1 } ? $"{Number(least)} to {Number(most)}" : "",
        row.Unit,
        row.Ours is { } ours ? ours.ToString("0.00", CultureInfo.InvariantCulture) + " x" : "",
        row.Note,
    ];

    private static string Pad(string cell, int column, int width) =>
        Headings[column] is "median" or "spread" or "ours is" ? cell.PadLeft(width) : cell.PadRight(width);
}
