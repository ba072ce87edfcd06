using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Pipeline;
using Google.Protobuf;

namespace FineWebTorch.Worker.Session;

/// <summary>Gathers the scores of batches until they are worth a message.</summary>
internal sealed class ScoreCollector
{
    /// <summary>About 700 kB in a message, far below the limit of 4 MiB.</summary>
    private const int MaxRows = 65_536;

    private readonly Dictionary<ulong, ScoreReport> _reports = [];
    private readonly Dictionary<ulong, int> _rows = [];

    /// <param name="run">Digest of the run that the lease is of.</param>
    /// <returns>A report that is full, or null.</returns>
    public ScoreReport? Add(ulong fence, string run, BatchScores batch)
    {
        if (!_reports.TryGetValue(fence, out var report))
            _reports[fence] = report = new ScoreReport { Fence = fence, RunDigest = run };
        report.Batches.Add(ToMessage(batch));
        _rows[fence] = _rows.GetValueOrDefault(fence) + batch.Rows.Length;
        return _rows[fence] >= MaxRows ? Take(fence) : null;
    }

    /// <summary>What has been gathered for one lease; null where there is nothing.</summary>
    public ScoreReport? Take(ulong fence)
    {
        _rows.Remove(fence);
        return _reports.Remove(fence, out var report) ? report : null;
    }

    public IEnumerable<ScoreReport> TakeAll() => [.. _reports.Keys.Order().ToArray().Select(fence => Take(fence)!)];

    private static ScoredBatch ToMessage(BatchScores batch) => new()
    {
        Window = (uint)batch.Window,
        Rows = { batch.Rows.Select(row => (uint)row) },
        Scores = UnsafeByteOperations.UnsafeWrap(LittleEndian.FromFloats(batch.Scores)),
        NumericClass = batch.NumericClass,
        TokenCounts = { batch.TokenCounts.Select(count => (uint)count) },
    };
}
