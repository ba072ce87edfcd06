using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Model;

namespace FineWebTorch.Bench.Fleet;

/// <summary>Files of a run that are done before its fleet comes.</summary>
internal static class FinishedFile
{
    private const int FilesOfCommit = 1000;

    public static void Add(FleetShape shape, ILedger ledger)
    {
        for (var first = 0; first < shape.FinishedFiles; first += FilesOfCommit)
            ledger.Commit([.. Enumerable.Range(first, Math.Min(FilesOfCommit, shape.FinishedFiles - first))
                .SelectMany(file => Changes(shape, file))]);
    }

    /// <summary>What a fleet does to a file of one window.</summary>
    private static IEnumerable<LedgerChange> Changes(FleetShape shape, int file)
    {
        float[] scores = [.. Enumerable.Range(0, shape.WindowRows).Select(row => FleetShape.Score(file, row))];
        var kept = scores.Count(KeepRule.IntScore(3).Keeps);
        yield return new LedgerChange.FileDigested(file, FleetShape.DigestOf(file));
        yield return new LedgerChange.WindowCompleted(
            new WindowRecord(
                file, 0, scores.Length, kept, 0, scores.Length,
                new Dictionary<string, long> { ["class a"] = scores.Length }),
            scores);
        yield return new LedgerChange.WorkDone(new WorkRecord(
            file, "worker", "worker", "a device", scores.Length, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        yield return new LedgerChange.ShardPrepared(new ShardRecord(
            file, shape.File(file).ShardName, (ulong)file + 1, 1, FleetShape.DigestOf(file), scores.Length, kept, 0, [],
            Done: false));
        yield return new LedgerChange.ShardDone(file);
    }
}
