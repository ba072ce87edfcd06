using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Running;

/// <summary>The scores of a window that is not complete yet.</summary>
internal sealed class PartialWindow(int rows)
{
    private readonly bool[] _stored = new bool[rows];
    private readonly Dictionary<string, long> _rowsByClass = new(StringComparer.Ordinal);
    private int _count;
    private long _tokens;

    public float[] Scores { get; } = new float[rows];

    public bool IsComplete => _count == _stored.Length;

    /// <summary>Bit i of byte i / 8, lowest first, stands for row i.</summary>
    public byte[] StoredRows()
    {
        var bits = new byte[(_stored.Length + 7) / 8];
        for (var row = 0; row < _stored.Length; row++)
            bits[row / 8] |= (byte)(_stored[row] ? 1 << (row % 8) : 0);
        return bits;
    }

    /// <summary>The batch without the rows that are here already; null where none is left.</summary>
    public BatchRecord? WithoutStored(BatchRecord batch)
    {
        if (!batch.Rows.Any(row => _stored[row]))
            return batch;
        var places = Enumerable.Range(0, batch.Rows.Count).Where(i => !_stored[batch.Rows[i]]).ToList();
        return places.Count == 0 ? null : batch with
        {
            Rows = [.. places.Select(i => batch.Rows[i])],
            Scores = [.. places.Select(i => batch.Scores[i])],
            Tokens = batch.Tokens * places.Count / batch.Rows.Count,
        };
    }

    /// <summary>Adds rows none of which is here already.</summary>
    public void Add(BatchRecord batch)
    {
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            _stored[batch.Rows[i]] = true;
            Scores[batch.Rows[i]] = batch.Scores[i];
        }

        _count += batch.Rows.Count;
        _tokens += batch.Tokens;
        _rowsByClass[batch.NumericClass] = _rowsByClass.GetValueOrDefault(batch.NumericClass) + batch.Rows.Count;
    }

    public WindowRecord Summarize(int file, int window, KeepRule keep) => new(
        file, window, _count,
        Scores.Count(score => KeepRules.Keeps(keep, score)),
        Scores.Count(EduScore.IsUnscorable),
        _tokens,
        _rowsByClass);
}
