using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>Shards of a run that has been published, at the commit that the ledger names.</summary>
/// <param name="commit">The last one of the publication.</param>
/// <param name="published">Names in the repository.</param>
internal sealed class PublishedShards(
    HubAccess hub, HubRepository repository, string commit, IEnumerable<PublishedShard> published, RowFiles files)
    : IShardPlace
{
    private readonly Dictionary<int, string> _names =
        published.ToDictionary(shard => shard.Shard.File, shard => shard.Path);

    public string Description => $"{repository} at {commit}";

    public string NameOf(ShardRecord shard) => $"{repository}/{_names[shard.File]}";

    /// <exception cref="UserErrorException">The commit is gone.</exception>
    /// <exception cref="HubException">The dataset cannot be read.</exception>
    public async Task<IReadOnlyList<string>> CheckAsync(
        IReadOnlyList<ShardRecord> shards, CancellationToken cancellationToken)
    {
        var there = (await ListAsync([.. shards.Select(shard => _names[shard.File])], cancellationToken))
            .ToDictionary(file => file.Path);
        var faults = new List<string>();
        foreach (var shard in shards)
        {
            var file = there.GetValueOrDefault(_names[shard.File]);
            if (file is null)
                faults.Add($"{NameOf(shard)}: the shard is not there");
            else if (file.Size != shard.Size)
                faults.Add($"{NameOf(shard)}: the shard has {file.Size} bytes instead of {shard.Size}");
            else if (file.Sha256 != shard.Sha256)
                faults.Add($"{NameOf(shard)}: the shard's sha256 is not that of the ledger");
        }

        return faults;
    }

    public Task<IReadOnlyList<SampledRow>> ReadAsync(
        ShardRecord shard, IReadOnlyList<long> rows, CancellationToken cancellationToken) => files.ReadAsync(
        new HubPath(repository, commit, _names[shard.File]).ToString(), withScores: true, rows, cancellationToken);

    private async Task<IReadOnlyList<HubFile>> ListAsync(
        IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        try
        {
            return await hub.Client.GetPathsAsync(repository, commit, paths, false, cancellationToken);
        }
        catch (HubException exception) when (exception.Kind == HubErrorKind.RevisionNotFound)
        {
            throw new UserErrorException(
                $"{repository}: commit {commit}, by which this run was published, is no longer there; its history " +
                "has been rewritten or the dataset made anew");
        }
    }
}
