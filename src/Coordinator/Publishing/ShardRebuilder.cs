using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>
/// Writes a shard again, from the input and the ledger's scores: the same bytes. For shards that the storage has
/// dropped, as it does with what was not committed for a day.
/// </summary>
internal sealed class ShardRebuilder(
    HubOutput output, ILedger ledger, RunCore core, RunPlaces places, IRunObserver observer)
{
    /// <summary>Each takes a core, and room for its input and itself.</summary>
    private const int AtATime = 2;

    private readonly RunSpec _spec = core.Spec;

    /// <param name="lost">What storage has dropped.</param>
    /// <param name="shards">Among which are those that hold it.</param>
    /// <param name="cancellationToken">Leaves what was restored by then.</param>
    /// <inheritdoc cref="RestoreAsync(ShardRecord, CancellationToken)"/>
    public Task RestoreAsync(
        IReadOnlyList<LfsObject> lost, IReadOnlyList<ShardRecord> shards, CancellationToken cancellationToken)
    {
        var byContent = shards.DistinctBy(shard => shard.Sha256)
            .ToDictionary(shard => shard.Sha256, StringComparer.Ordinal);
        var done = 0;
        if (lost.Count > 0)
            observer.Observe(new RunEvent.ShardsLost(lost.Count));
        return Parallel.ForEachAsync(
            lost,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken },
            async (blob, token) =>
            {
                var shard = byContent[blob.Oid];
                await RestoreAsync(shard, token);
                observer.Observe(new RunEvent.ShardRebuilt(shard.Name, Interlocked.Increment(ref done), lost.Count));
            });
    }

    /// <exception cref="UserErrorException">The shard has other bytes than before.</exception>
    /// <exception cref="HubException">Its input is not to be had, or the storage does not take it.</exception>
    private async Task RestoreAsync(ShardRecord shard, CancellationToken cancellationToken)
    {
        var file = ledger.ReadFile(shard.File).Record;
        var path = Path.Combine(places.Staging, $"rebuilt-{shard.File}.parquet");
        var copy = Path.Combine(places.Staging, $"input-{shard.File}.parquet");
        try
        {
            var request = new ShardRequest(
                await InputAsync(file, copy, cancellationToken), path, _spec.TextColumn, _spec.ScoreColumn,
                _spec.IntScoreColumn, _spec.ReplaceScoreColumns, _spec.RowsPerFile,
                ShardProvenance.Create(core.Run, _spec, file));
            var result = ShardWriter.Write(
                request, KeptScores.Of(ledger, _spec, shard.File), cancellationToken);
            if (result.Sha256 != shard.Sha256)
                throw new UserErrorException(
                    $"{shard.Name}: the Hub's storage has dropped this shard, and written again it is another " +
                    $"(sha256 {result.Sha256} instead of {shard.Sha256}); start another run with --run");
            await output.UploadAsync(path, new LfsObject(shard.Sha256, shard.Size), cancellationToken);
        }
        finally
        {
            File.Delete(path);
            File.Delete(copy);
        }
    }

    /// <summary>
    /// Where the input is. One on the Hub goes to <paramref name="copy"/> rather than into the Hub cache, where
    /// hundreds of them would stay.
    /// </summary>
    private async Task<string> InputAsync(FileRecord file, string copy, CancellationToken cancellationToken)
    {
        if (!HubPaths.IsHub(file.Path))
            return file.Path;
        var place = HubPath.Parse(file.Path);
        if (output.Hub.Downloader.Cache.FindFile(place.Repository, place.Revision, place.Path) is { } cached)
            return cached;
        await output.Hub.Fetcher.FetchToAsync(
            place.Repository, place.Revision!, place.Path, copy, cancellationToken);
        return copy;
    }
}

/// <summary>The rows that a file's shard keeps, by the ledger's scores.</summary>
internal static class KeptScores
{
    /// <returns>In the shard's order; numbers are those of the input file's rows.</returns>
    public static IEnumerable<ScoredRow> Of(ILedger ledger, RunSpec spec, int file) =>
        spec.Keep.Kept(ledger.ReadScores(file), spec.WindowRows)
            .Select(row => new ScoredRow(row.Row, row.Score, row.IntScore));
}
