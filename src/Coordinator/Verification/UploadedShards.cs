using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>
/// Shards of a run that has not been published yet. Storage gives uncommitted objects to nobody, but it names them by
/// content; texts are read from the input, and scores from the ledger, of which the shards were made.
/// </summary>
internal sealed class UploadedShards(
    HubAccess hub, HubRepository repository, RunCore core, SqliteLedger ledger, RunSpec spec, RowFiles files)
    : IShardPlace
{
    public string Description => $"the storage of {repository} and not committed yet";

    public string NameOf(ShardRecord shard) => $"{repository}/{shard.Name}";

    /// <exception cref="HubException">The token may not write to the dataset, or the Hub does not answer.</exception>
    public async Task<IReadOnlyList<string>> CheckAsync(
        IReadOnlyList<ShardRecord> shards, CancellationToken cancellationToken)
    {
        var missing = (await hub.Client.FindMissingAsync(
            repository, revision: null, [.. shards.Select(shard => new LfsObject(shard.Sha256, shard.Size))],
            cancellationToken)).Select(blob => blob.Oid).ToHashSet(StringComparer.Ordinal);
        return [.. shards.Where(shard => missing.Contains(shard.Sha256)).Select(shard =>
            $"{NameOf(shard)}: the Hub's storage has dropped the shard; the same 'coordinator run' builds it again")];
    }

    public async Task<IReadOnlyList<SampledRow>> ReadAsync(
        ShardRecord shard, IReadOnlyList<long> rows, CancellationToken cancellationToken)
    {
        var wanted = rows.ToHashSet();
        var kept = KeptScores.Of(ledger, spec, shard.File)
            .Select((scored, row) => (scored, row: (long)row)).Where(pair => wanted.Contains(pair.row)).ToList();
        var texts = await files.ReadAsync(
            core.Files[shard.File].Record.Path, withScores: false, [.. kept.Select(pair => pair.scored.Row)],
            cancellationToken);
        return [.. kept.Zip(texts, (pair, text) => text with { Row = pair.row, Score = pair.scored.Score })];
    }
}
