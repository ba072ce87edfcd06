using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Parquet;
using ShardMetadata = FineWebTorch.Coordinator.Running.ShardMetadata;

namespace FineWebTorch.Coordinator.Publishing;

/// <summary>
/// Writes a shard again, from the input and the ledger's scores: the same bytes. For shards that the storage has
/// dropped, as it does with what was not committed for a day.
/// </summary>
internal sealed class ShardRebuilder(HubOutput output, ILedger ledger, RunCore core, RunPlaces places)
{
    private readonly RunIdentity _identity = RunIdentity.FromOptions(core.Run.Options);

    /// <exception cref="UserErrorException">The shard has other bytes than before.</exception>
    public async Task RestoreAsync(ShardRecord shard, CancellationToken cancellationToken)
    {
        var file = core.Files[shard.File].Record;
        var path = Path.Combine(places.Staging, $"rebuilt-{shard.File}.parquet");
        try
        {
            var request = new ShardRequest(
                await InputAsync(file, cancellationToken), path, _identity.TextColumn, _identity.ScoreColumn,
                _identity.IntScoreColumn, _identity.ReplaceScoreColumns, _identity.RowsPerFile,
                ShardMetadata.Create(core.Run, _identity, file));
            var result = ShardWriter.Write(request, Kept(shard.File), cancellationToken);
            if (result.Sha256 != shard.Sha256)
                throw new UserErrorException(
                    $"{shard.Name}: the Hub's storage has dropped this shard, and written again it is another " +
                    $"(sha256 {result.Sha256} instead of {shard.Sha256}); start another run with --run");
            await output.UploadAsync(path, new LfsObject(shard.Sha256, shard.Size), cancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task<string> InputAsync(FileRecord file, CancellationToken cancellationToken)
    {
        if (!HubPaths.IsHub(file.Path))
            return file.Path;
        var place = HubPath.Parse(file.Path);
        return await output.Hub.Fetcher.FetchAsync(
            place.Repository, place.Revision, place.Path, cancellationToken);
    }

    private IEnumerable<ScoredRow> Kept(int file)
    {
        foreach (var (window, scores) in ledger.ReadScores(file))
        {
            for (var i = 0; i < scores.Length; i++)
            {
                if (!KeepRules.Keeps(_identity.Keep, scores[i]))
                    continue;
                var row = ((long)window * _identity.WindowRows) + i;
                yield return EduScore.IsUnscorable(scores[i])
                    ? new ScoredRow(row, null, null)
                    : new ScoredRow(row, scores[i], EduScore.ToIntScore(scores[i]));
            }
        }
    }
}
