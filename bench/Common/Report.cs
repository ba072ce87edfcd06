using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Bench;

/// <summary>A line of the table: one contender in one case.</summary>
/// <param name="Subject">The heading it stands under.</param>
/// <param name="Case">Such as "4x512".</param>
/// <param name="Contender">Who was measured.</param>
/// <param name="Unit">Of the three numbers; empty where nothing was measured.</param>
public sealed record BenchRow(string Subject, string Case, string Contender, string Unit)
{
    public double? Median { get; init; }

    public double? Least { get; init; }

    public double? Most { get; init; }

    public int Runs { get; init; }

    /// <summary>How many times faster (or smaller) ours is than this contender.</summary>
    public double? Ours { get; init; }

    /// <summary>What else is to be said: an error beside it, a share of a limit, or why nothing was measured.</summary>
    public string Note { get; init; } = "";

    [JsonIgnore]
    public bool IsMeasured => Median is not null;

    public static BenchRow Of(string subject, string @case, string contender, string unit, Statistics statistics) =>
        new(subject, @case, contender, unit)
        {
            Median = statistics.Median,
            Least = statistics.Least,
            Most = statistics.Most,
            Runs = statistics.Count,
        };

    /// <summary>A line that says why there is no measurement.</summary>
    public static BenchRow Skipped(string subject, string @case, string reason) =>
        new(subject, @case, "not measured", "") { Note = reason };
}

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

/// <summary>What one program measured: a JSON file, put together with those of the others for the one table.</summary>
/// <param name="Machine">Where; see <see cref="Bench.Machine"/>.</param>
/// <param name="Rows">In the table's order.</param>
public sealed record BenchFile(string Machine, IReadOnlyList<BenchRow> Rows)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static BenchFile Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchFile>(File.ReadAllText(path), Options) is { Rows: not null } file
                ? file
                : throw new InvalidDataException($"{path}: holds no rows");
        }
        catch (JsonException damage)
        {
            throw new InvalidDataException($"{path}: not a benchmark's results: {damage.Message}", damage);
        }
    }

    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Options) + "\n");
    }
}
