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
