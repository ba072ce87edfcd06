using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;
using KeepRule = FineWebTorch.Model.KeepRule;

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
    public IEnumerable<ScoredRow> Kept(KeepRule rule)
    {
        Unscorable = 0;
        for (var window = 0; window < _windows.Count; window++)
        {
            var scores = LittleEndian.ToFloats(_windows[window].Scores.Span);
            for (var i = 0; i < scores.Length; i++)
            {
                var row = (long)window * _windowRows + i;
                var score = scores[i];
                if (!EduScore.IsValid(score))
                    throw new InvalidDataException($"the coordinator sent a score of row {row} that is no number");
                var isScored = !EduScore.IsUnscorable(score);
                Unscorable += isScored ? 0 : 1;
                if (KeepRules.Keeps(rule, score))
                    yield return isScored
                        ? new ScoredRow(row, score, EduScore.ToIntScore(score))
                        : new ScoredRow(row, null, null);
            }
        }
    }
}
