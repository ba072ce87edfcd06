namespace FineWebTorch.Parquet;

/// <summary>A row that the shard keeps.</summary>
/// <param name="Row">Row number in the input.</param>
/// <param name="Score">A finite number, or null where the row has none.</param>
/// <param name="IntScore">0 to 5, or null where the row has none.</param>
public readonly record struct ScoredRow(long Row, float? Score, int? IntScore);

/// <summary>The rows that a shard keeps, and their scores: about 17 bytes a row.</summary>
internal sealed class KeptRows
{
    private const int CancellationStride = 1 << 16;

    private readonly bool[] _mask;
    private readonly List<float?> _scores = [];
    private readonly List<int?> _intScores = [];

    private KeptRows(long rows) => _mask = new bool[rows];

    /// <summary>For each row of the input whether it is kept.</summary>
    public ReadOnlySpan<bool> Mask => _mask;

    public int Count => _scores.Count;

    /// <exception cref="ArgumentException">Rows out of order or beyond the file, or no finite score.</exception>
    public static KeptRows Load(
        IEnumerable<ScoredRow> keptRowsInOrder, long rows, CancellationToken cancellationToken)
    {
        var kept = new KeptRows(rows);
        var last = -1L;
        foreach (var row in keptRowsInOrder)
        {
            if (kept.Count % CancellationStride == 0)
                cancellationToken.ThrowIfCancellationRequested();
            Check(row, last, rows);
            last = row.Row;
            kept._mask[row.Row] = true;
            kept._scores.Add(row.Score);
            kept._intScores.Add(row.IntScore);
        }
        return kept;
    }

    /// <param name="index">Of a kept row among the kept ones.</param>
    public double? Score(int index) => _scores[index];

    /// <inheritdoc cref="Score"/>
    public long? IntScore(int index) => _intScores[index];

    private static void Check(in ScoredRow kept, long last, long rows)
    {
        if (kept.Row <= last)
            throw new ArgumentException($"kept rows must ascend, but row {kept.Row} comes after row {last}");
        if (kept.Row >= rows)
            throw new ArgumentException($"row {kept.Row} is to be kept, but there are only {rows} rows");
        if (kept.Score is { } score && !float.IsFinite(score))
            throw new ArgumentException($"the score of row {kept.Row} is {score}; give null for a row without one");
    }
}
