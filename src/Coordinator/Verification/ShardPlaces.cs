using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Hub;
using FineWebTorch.Parquet;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>Where the finished shards of a run are.</summary>
internal interface IShardPlace
{
    /// <summary>For the last line of a verification.</summary>
    string Description { get; }

    /// <summary>What messages call a shard.</summary>
    string NameOf(ShardRecord shard);

    /// <summary>Compares shards with the ledger.</summary>
    /// <returns>A line for each that differs.</returns>
    Task<IReadOnlyList<string>> CheckAsync(IReadOnlyList<ShardRecord> shards, CancellationToken cancellationToken);

    /// <summary>Texts and scores of some rows of a shard.</summary>
    /// <param name="rows">Numbers in the shard, ascending.</param>
    Task<IReadOnlyList<SampledRow>> ReadAsync(
        ShardRecord shard, IReadOnlyList<long> rows, CancellationToken cancellationToken);
}

/// <summary>Shards in a folder of this machine.</summary>
internal sealed class LocalShards(RunPlaces places, RunCore core, ILedger ledger, RowFiles files) : IShardPlace
{
    public string Description => places.Output;

    public string NameOf(ShardRecord shard) => places.ShardPath(shard.Name);

    public async Task<IReadOnlyList<string>> CheckAsync(
        IReadOnlyList<ShardRecord> shards, CancellationToken cancellationToken)
    {
        var faults = await ShardFiles.FaultsAsync(
            shards, places.ShardPath, trustsTimes: false, cancellationToken);
        return [
            .. shards.Where(shard => faults.ContainsKey(shard.File))
                .Select(shard => $"{NameOf(shard)}: {faults[shard.File]}"),
            .. Strangers().Select(path =>
                $"{path}: this shard does not belong to the run, and readers of the output get its rows as well")];
    }

    public Task<IReadOnlyList<SampledRow>> ReadAsync(
        ShardRecord shard, IReadOnlyList<long> rows, CancellationToken cancellationToken) =>
        files.ReadAsync(NameOf(shard), withScores: true, rows, cancellationToken);

    private IEnumerable<string> Strangers()
    {
        var own = core.ReadFinished(ledger).Select(file => file.Shard!.Name).ToHashSet(StringComparer.Ordinal);
        return LocalOutput.ListShards(
                places.Output, core.Spec.Layout, ledger.ReadFiles().Select(file => file.Record.ShardName))
            .Where(name => !own.Contains(name)).Select(name => RunPlaces.ShardPath(places.Output, name));
    }
}

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

/// <summary>Shards of a run that commits in steps: some are in its pull request, the others only in storage.</summary>
/// <param name="description">Of where they are.</param>
internal sealed class SteppedShards(IShardPlace committed, IShardPlace uploaded, string description) : IShardPlace
{
    public string Description => description;

    public string NameOf(ShardRecord shard) => PlaceOf(shard).NameOf(shard);

    public async Task<IReadOnlyList<string>> CheckAsync(
        IReadOnlyList<ShardRecord> shards, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        foreach (var part in shards.GroupBy(PlaceOf))
            faults.AddRange(await part.Key.CheckAsync([.. part], cancellationToken));
        return faults;
    }

    public Task<IReadOnlyList<SampledRow>> ReadAsync(
        ShardRecord shard, IReadOnlyList<long> rows, CancellationToken cancellationToken) =>
        PlaceOf(shard).ReadAsync(shard, rows, cancellationToken);

    private IShardPlace PlaceOf(ShardRecord shard) => shard.PullRequest is null ? uploaded : committed;
}

/// <summary>
/// Shards of a run that has not been published yet. Storage gives uncommitted objects to nobody, but it names them by
/// content; texts are read from the input, and scores from the ledger, of which the shards were made.
/// </summary>
internal sealed class UploadedShards(
    HubAccess hub, HubRepository repository, RunCore core, ILedger ledger, RowFiles files)
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
        var kept = KeptScores.Of(ledger, core.Spec, shard.File)
            .Select((scored, row) => (scored, row: (long)row)).Where(pair => wanted.Contains(pair.row)).ToList();
        var texts = await files.ReadAsync(
            ledger.ReadFile(shard.File).Record.Path, withScores: false, [.. kept.Select(pair => pair.scored.Row)],
            cancellationToken);
        return [.. kept.Zip(texts, (pair, text) => text with { Row = pair.row, Score = pair.scored.Score })];
    }
}
