using FineWebTorch.Common;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Terminal;
using Spectre.Console;

namespace FineWebTorch.Coordinator.Console;

/// <summary>A run as lines that fit a terminal. Nothing is told by colour alone.</summary>
/// <param name="Width">Columns of the terminal; lines leave the last one free, where a cursor may be.</param>
/// <param name="Height">Rows of the terminal; the lines leave one free, and where there are many, some for events.</param>
internal sealed record RunView(int Width, int Height, Glyphs Glyphs)
{
    public const int LabelCells = 9;

    /// <summary>From here on the scores stand beside what else there is to tell, else below it.</summary>
    private const int LeastForTwo = 100;

    /// <summary>From here on each bin of scores takes two cells.</summary>
    private const int LeastForWideScores = 160;

    private const int Gap = 3;

    private const int MostChartRows = 4;

    /// <summary>A lower chart beside the facts is not worth its place.</summary>
    private const int LeastOfChart = 4;

    /// <summary>The head, a worker or two, and the sum of the others.</summary>
    private const int LeastOfTable = 4;

    public RunTitle? Title { get; init; }

    private int Cells => Math.Max(20, Width - 1);

    private bool HasTwo => Cells >= LeastForTwo;

    private int ChartCells => Cells >= LeastForWideScores ? 2 * ScoreChart.Bins : ScoreChart.Bins;

    /// <summary>Rows above, in which the last events stay to be read.</summary>
    private int EventRows => Height switch { < 16 => 0, < 30 => 3, _ => 5 };

    /// <summary>Of a chart of scores below the facts; it gets up to <see cref="MostChartRows"/> where they cost no worker.
    /// </summary>
    private int LeastChartRows => Height switch { < 30 => 1, < 40 => 2, _ => 3 };

    public IReadOnlyList<ViewLine> Lines(RunProgress progress)
    {
        var (run, rates) = progress;
        var room = Height - 1 - EventRows;
        var parts = PartsWithin(progress, room);
        var table = Math.Min(LeastOfTable, run.Workers.Count + 1);
        while (parts.Count > 1 && parts.Sum(part => part.Lines.Count) + table > room)
            parts.Remove(parts.MaxBy(part => part.Rank)!);
        if (HasTwo)
            AddScores(parts.FindAll(part => part.IsFact), run);
        List<ViewLine> lines = [.. parts.SelectMany(part => part.Lines)];
        lines.AddRange(new WorkerTable(Cells, Glyphs, rates).Lines(run.Workers, Math.Max(1, room - lines.Count)));
        // Too long is a line only on terminals that are narrower than anybody's.
        return [.. lines.Take(Math.Max(0, Height - 1)).Select(line => line.Cells > Cells ? line.CutTo(Cells) : line)];
    }

    private List<ViewPart> PartsWithin(RunProgress progress, int room)
    {
        for (var rows = MostChartRows; rows > LeastChartRows; rows--)
        {
            var parts = Parts(progress, rows);
            if (parts.Sum(part => part.Lines.Count) + progress.Snapshot.Workers.Count + 1 <= room)
                return parts;
        }

        return Parts(progress, LeastChartRows);
    }

    /// <summary>In their order.</summary>
    private List<ViewPart> Parts(RunProgress progress, int chartRows)
    {
        var run = progress.Snapshot;
        var facts = new RunFactLines(progress, HasTwo ? Cells - Gap - ChartCells : Cells, Glyphs);
        var chart = HasTwo ? [] : new ScoreChart(run.Scores, run.KeptFrom, Glyphs).Below(Cells, chartRows);
        List<ViewPart> parts = [new(8, [Head()]), new(0, [Bar(run)]), .. facts.Parts()];
        if (chart.Count > 0)
            parts.Add(new ViewPart(12, chart));
        parts.Add(new ViewPart(11, [new ViewLine()]));
        return parts;
    }

    /// <summary>What the run is, in a line that keeps events apart from it.</summary>
    private ViewLine Head()
    {
        string Side(string text, int cells) =>
            text.Length == 0 || cells < LabelCells ? "" : $" {CellText.End(CellText.Clean(text), cells, Glyphs.Mark)} ";
        var output = Side(Title?.Output ?? "", Cells / 2);
        var model = Side(Title?.Model ?? "", Cells - CellText.Width(output) - 10);
        var line = new ViewLine().Add(new string(Glyphs.Rule, 2), ViewStyles.Label).Add(output);
        line.Add(new string(Glyphs.Rule, Cells - line.Cells - CellText.Width(model) - 2), ViewStyles.Label);
        return line.Add(model, ViewStyles.Label).Add(new string(Glyphs.Rule, 2), ViewStyles.Label);
    }

    private ViewLine Bar(RunSnapshot run)
    {
        var share = run.Rows == 0 ? 0 : (double)run.RowsScored / run.Rows;
        var (done, rest) = Charts.Bar(share, Cells - LabelCells, Glyphs.Bar);
        return new ViewLine().Add($" {NumberText.Percent(run.RowsScored, run.Rows)}".PadRight(LabelCells))
            .Add(done, ViewStyles.Good).Add(rest, ViewStyles.Label);
    }

    private void AddScores(List<ViewPart> facts, RunSnapshot run)
    {
        if (facts.Count < LeastOfChart)
            return;
        var chart = new ScoreChart(run.Scores, run.KeptFrom, Glyphs).Beside(ChartCells, facts.Count);
        foreach (var (fact, line) in facts.Zip(chart))
            fact.Lines[0].PadTo(Cells - ChartCells).Add(line);
    }
}

/// <summary>What a run is called at the head of its view.</summary>
/// <param name="Output">Where its shards go.</param>
internal sealed record RunTitle(string Output, string Model);

/// <summary>Lines that stand or go together.</summary>
/// <param name="Rank">Where there is no room for all, those of the highest rank go first.</param>
internal sealed record ViewPart(int Rank, IReadOnlyList<ViewLine> Lines)
{
    /// <summary>One line, beside which there is room on a wide terminal.</summary>
    public bool IsFact { get; init; }
}

internal static class ViewStyles
{
    public static readonly Style Label = new(Color.Grey);
    public static readonly Style Good = new(Color.Green);
    public static readonly Style Course = new(Color.Blue);
    public static readonly Style Use = new(Color.Teal);
    public static readonly Style Warning = new(Color.Yellow);
    public static readonly Style Bad = new(Color.Red);
}
