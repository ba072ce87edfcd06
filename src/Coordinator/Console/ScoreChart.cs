using System.Globalization;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Terminal;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>How the scores so far are spread, a column or two of cells a tenth.</summary>
/// <param name="keptFrom">See <see cref="RunSnapshot.KeptFrom"/>.</param>
internal sealed class ScoreChart(ScoreHistogram scores, double? keptFrom, Glyphs glyphs)
{
    /// <summary>From 0 to 5; what is above is in the last one.</summary>
    public const int Bins = 50;

    private const int BinsOfOne = 10;

    private const double Precision = 1e-9;

    private string Kept => keptFrom is { } least
        ? string.Create(CultureInfo.InvariantCulture, $"kept from {least:0.###} on")
        : "all are kept";

    /// <summary>With its name at the left, the scores' scale below and, where there is room, what is kept behind it.</summary>
    /// <param name="rows">Of bars.</param>
    /// <returns>Nothing where nothing is scored, or there is no room.</returns>
    public IReadOnlyList<ViewLine> Below(int cells, int rows)
    {
        // Half a cell a bin is what a terminal of 40 columns has room for.
        var binsOfCell = cells >= Bins + RunView.LabelCells ? 1 : 2;
        if (IsEmpty || cells < (Bins / binsOfCell) + RunView.LabelCells)
            return [];
        var lines = Bars(binsOfCell, 1, rows)
            .Select((bars, row) => Label(row == 0 ? " scores" : "").Add(bars)).ToList();
        if (cells - lines[^1].Cells >= Kept.Length + 2)
            lines[^1].Add($"  {Kept}", ViewStyles.Label);
        return [.. lines, Label("").Add(Scale(BinsOfOne / binsOfCell), ViewStyles.Label)];
    }

    /// <summary>With what is kept above, and the scores' scale below.</summary>
    /// <param name="cells">Of it, one or two times <see cref="Bins"/>.</param>
    /// <param name="rows">All in all, at least 3.</param>
    public IReadOnlyList<ViewLine> Beside(int cells, int rows)
    {
        if (IsEmpty)
            return [];
        var name = new ViewLine().Add($"scores, {Kept}", ViewStyles.Label);
        var scale = new ViewLine().Add(Scale(BinsOfOne * cells / Bins), ViewStyles.Label);
        return [name, .. Bars(1, cells / Bins, rows - 2), scale];
    }

    private bool IsEmpty => !scores.Counts.Any(count => count > 0);

    private static ViewLine Label(string name) => new ViewLine().Add(name.PadRight(RunView.LabelCells), ViewStyles.Label);

    /// <summary>0 to 5, each where its scores begin, the last at the end.</summary>
    private static string Scale(int cellsOfOne) =>
        string.Concat(Enumerable.Range(0, 5).Select(score => $"{score}".PadRight(cellsOfOne)))[..^1] + "5";

    /// <summary>Those of rows that are kept in another colour.</summary>
    private IEnumerable<ViewLine> Bars(int binsOfCell, int cellsOfBin, int rows)
    {
        double[] bins = [.. scores.Counts.Take(Bins).Select(count => (double)count)];
        bins[^1] += scores.Counts.Skip(Bins).Sum();
        double[] columns = [.. bins.Chunk(binsOfCell).SelectMany(part => Enumerable.Repeat(part.Sum(), cellsOfBin))];
        var first = (int)Math.Clamp(
            Math.Ceiling((BinsOfOne * (keptFrom ?? 0)) - Precision) * cellsOfBin / binsOfCell, 0, columns.Length);
        return Charts.Columns(columns, rows, glyphs).Select(row =>
            new ViewLine().Add(row[..first], ViewStyles.Course).Add(row[first..], ViewStyles.Good));
    }
}
