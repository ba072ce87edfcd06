using FineWebTorch.Common;
using FineWebTorch.Terminal;
using Spectre.Console;

namespace FineWebTorch.Worker.Screen;

/// <summary>How a worker goes, as a line that fits a terminal.</summary>
internal static class WorkerLine
{
    private const int LeastOfCourse = 8;
    private const int MostOfCourse = 40;
    private const int LeastOfActivity = 12;

    private static readonly Style Label = new(Color.Grey);
    private static readonly Style Past = new(Color.Blue);

    public static ViewLine Of(WorkerMoment moment, int cells, Glyphs glyphs)
    {
        var rate = $" {NumberText.Rate(moment.DocumentsPerSecond)} docs/s";
        var facts = Facts(moment).ToList();
        int Room() => cells - rate.Length - 1 - facts.Sum(fact => fact.Length + 2) - 2;
        // The least important is the last.
        while (facts.Count > 0 && Room() < LeastOfCourse + LeastOfActivity)
            facts.RemoveAt(facts.Count - 1);
        var activity = Math.Clamp(CellText.Width(moment.Activity), LeastOfActivity, Math.Max(LeastOfActivity, Room() - LeastOfCourse));
        var course = Math.Min(MostOfCourse, Room() - activity);
        var line = new ViewLine().Add(rate);
        if (course >= LeastOfCourse)
            line.Add(" ").Add(
                Charts.Line(moment.Past, course, Math.Max(moment.Past.Max() ?? 0, double.Epsilon), glyphs), Past);
        foreach (var fact in facts)
            line.Add($"  {fact}");
        return line.Add($"  {CellText.End(moment.Activity, cells - line.Cells - 2, glyphs.Mark)}", Label).CutTo(cells);
    }

    private static IEnumerable<string> Facts(WorkerMoment moment)
    {
        if (moment.Use is { } use)
            yield return $"{moment.Device} use {Share(use)}";
        if (moment.Busy is { } busy)
            yield return $"busy {Share(busy)}";
        yield return $"{NumberText.Count(moment.Documents, "document")}";
        yield return $"{NumberText.Rate(moment.TokensPerSecond)} tokens/s";
        if (moment.Memory is { } memory)
            yield return $"memory {Share(memory)}";
    }

    private static string Share(double share) => $"{NumberText.Count(100 * share)} %";
}

/// <summary>A worker at one moment.</summary>
/// <param name="Device"><c>CPU</c> or <c>GPU</c>.</param>
/// <param name="Activity">What it is at, in a few words.</param>
internal sealed record WorkerMoment(string Device, string Activity)
{
    /// <summary>Of the last half minute, as <see cref="TokensPerSecond"/> and <see cref="Busy"/> are.</summary>
    public double DocumentsPerSecond { get; init; }

    public double TokensPerSecond { get; init; }

    /// <summary>Share of the time that the device computed, 0 to 1.</summary>
    public double? Busy { get; init; }

    /// <summary>Documents a second, the oldest first.</summary>
    public IReadOnlyList<double?> Past { get; init; } = [];

    /// <summary>All that this worker has scored.</summary>
    public long Documents { get; init; }

    /// <summary>By the device's own counters, 0 to 1.</summary>
    public double? Use { get; init; }

    /// <summary>Share of the device's memory that is in use.</summary>
    public double? Memory { get; init; }
}
