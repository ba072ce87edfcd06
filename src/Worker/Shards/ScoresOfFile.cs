using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Shards;

/// <summary>Every score of a file, as the coordinator delivered them: 4 bytes a row.</summary>
internal sealed class ScoresOfFile
{
    private readonly IReadOnlyList<WindowScores> _windows;
    private readonly int _windowRows;

    /// <param name="rows">Rows there must be.</param>
    /// <exception cref="InvalidDataException">Windows are missing, out of order or of the wrong length.</exception>
    public ScoresOfFile(IReadOnlyList<WindowScores> windows, long rows, int windowRows)
    {
        for (var i = 0; i < windows.Count; i++)
        {
            var expected = Math.Min(windowRows, rows - (long)i * windowRows);
            if (windows[i].Window != (uint)i || windows[i].Scores.Length != expected * sizeof(float))
                throw new InvalidDataException(
                    $"the coordinator sent {windows[i].Scores.Length / sizeof(float)} scores of window " +
                    $"{windows[i].Window} where {Math.Max(0, expected)} of window {i} were due");
        }

        if ((long)windows.Count * windowRows < rows)
            throw new InvalidDataException($"the coordinator sent {windows.Count} windows, too few for {rows} rows");
        _windows = windows;
        _windowRows = windowRows;
    }

    /// <summary>Rows without a score; known when <see cref="Kept"/> has been read to its end.</summary>
    public long Unscorable { get; private set; }

    /// <summary>The rows a shard keeps, in order.</summary>
    public IEnumerable<ScoredRow> Kept(KeepRule rule) =>
        rule.Kept(Checked(), _windowRows).Select(row => new ScoredRow(row.Row, row.Score, row.IntScore));

    private IEnumerable<(int Window, float[] Scores)> Checked()
    {
        Unscorable = 0;
        for (var window = 0; window < _windows.Count; window++)
        {
            var scores = LittleEndian.ToFloats(_windows[window].Scores.Span);
            if (Array.FindIndex(scores, score => !EduScore.IsValid(score)) is >= 0 and var invalid)
                throw new InvalidDataException(
                    $"the coordinator sent a score of row {((long)window * _windowRows) + invalid} that is no number");
            Unscorable += scores.Count(EduScore.IsUnscorable);
            yield return (window, scores);
        }
    }
}
