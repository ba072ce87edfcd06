using FineWebTorch.Protos.V1;

namespace FineWebTorch.Bench.Fleet;

/// <summary>A lease to score, and how far its worker has come with it.</summary>
internal sealed class ScoringWork(ScoreLease lease, FleetShape shape)
{
    private readonly HashSet<uint> _complete = [.. lease.CompleteWindows];
    private readonly Dictionary<uint, PartialWindow> _partial = lease.PartialWindows.ToDictionary(part => part.Window);
    private uint _window = lease.FirstWindow;
    private int _batch;

    public ulong Fence => lease.Fence;

    /// <summary>One past the last window.</summary>
    public uint End { get; set; } = lease.EndWindow;

    public uint ReadingWindow => _window;

    public bool IsDone
    {
        get
        {
            while (_window < End && _complete.Contains(_window))
                _window++;
            return _window >= End;
        }
    }

    /// <summary>Close enough to the end that the next lease is asked for.</summary>
    public bool IsNearEnd => _window + 1 >= End;

    /// <summary>The next batches whose scores are not stored.</summary>
    public IEnumerable<ScoredBatch> Next(int batches)
    {
        while (batches > 0 && !IsDone)
        {
            if (!IsStored(_window, _batch))
            {
                batches--;
                yield return shape.Batch((int)lease.File.Index, (int)_window, _batch);
            }

            if (++_batch < shape.Batches)
                continue;
            _batch = 0;
            _window++;
        }
    }

    /// <summary>A batch is stored whole or not at all; its first row has its number.</summary>
    private bool IsStored(uint window, int batch) => _partial.TryGetValue(window, out var partial) &&
        (partial.StoredRows[batch / 8] >> (batch % 8) & 1) == 1;
}
