using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>Checks finished shards: their bytes against the ledger, some of their scores against the model.</summary>
/// <param name="hub">Touched only where something of the run is on the Hub.</param>
internal sealed class ShardVerifier(StoredRun folder, Lazy<HubAccess> hub, TextWriter output)
{
    private readonly List<ShardRecord> _shards = [.. folder.Core.ReadFinished(folder.Ledger).Select(file => file.Shard!)];

    private readonly RowFiles _files = new(hub, folder.Spec);
    private double _largest;

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="UserErrorException">Nothing can be compared.</exception>
    public async Task<int> RunAsync(int sample, string device, CancellationToken cancellationToken)
    {
        if (_shards.Count == 0)
            throw new UserErrorException($"{folder.Path}: the run has no finished shard yet");
        var model = await FindModelAsync(cancellationToken);
        var place = await FindPlaceAsync(cancellationToken);
        var faults = new List<string>(await place.CheckAsync(_shards, cancellationToken));
        var rows = faults.Count > 0 ? 0 : await CheckScoresAsync(
            place, model, sample, device, faults, cancellationToken);
        foreach (var fault in faults)
            output.WriteLine(fault);
        _files.Tell(output);
        output.WriteLine(faults.Count > 0
            ? $"{NumberText.Count(faults.Count, "check")} failed"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{NumberText.Count(_shards.Count, "shard")} in {place.Description} " +
                $"{(_shards.Count == 1 ? "is" : "are")} as the ledger says; {NumberText.Count(rows, "row")} scored again, " +
                $"largest difference {_largest:0.0e+0} (tolerance {Tolerance:0.0e+0} for " +
                $"{Dtypes.Name(folder.Core.Run.Dtype)})"));
        return faults.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>In 16-bit modes a score depends a little on its neighbours in the batch; here it has others.</summary>
    private double Tolerance => folder.Core.Run.Dtype switch
    {
        Dtype.Fp16 => 1e-2,
        Dtype.Bf16 => 5e-2,
        _ => 1e-4,
    };

    private async Task<IShardPlace> FindPlaceAsync(CancellationToken cancellationToken)
    {
        if (!HubPaths.IsHub(folder.Spec.Output))
            return new LocalShards(folder.Places, folder.Core, folder.Ledger, _files);
        var repository = HubPath.Parse(folder.Spec.Output).Repository;
        var published = PublishedShard.Of(folder.Core, folder.Ledger);
        return folder.Publication is { Commits: [.., var page] } noted &&
            noted.Content == PublishedShard.Digest(published)
            ? new PublishedShards(hub.Value, repository, page[(page.LastIndexOf('/') + 1)..], published, _files)
            : await FindSteppedAsync(repository, cancellationToken);
    }

    /// <summary>Of a run that is not published yet: what its pull request holds, and what only storage has.</summary>
    private async Task<IShardPlace> FindSteppedAsync(HubRepository repository, CancellationToken cancellationToken)
    {
        var uploaded = new UploadedShards(hub.Value, repository, folder.Core, folder.Ledger, _files);
        if (folder.Safe is not { } safe)
            return uploaded;
        var head = await hub.Value.Client.GetInfoAsync(repository, safe.Revision, cancellationToken);
        var committed = _shards.Where(shard => shard.PullRequest is not null)
            .Select(shard => new PublishedShard(shard.Name, shard)).ToList();
        return new SteppedShards(
            new PublishedShards(hub.Value, repository, head.Commit, committed, _files), uploaded,
            safe.Shards == _shards.Count
                ? $"{repository} at {safe.Revision}"
                : $"{repository}, {NumberText.Count(safe.Shards)} of them on {safe.Revision} and the others in its storage,");
    }

    /// <returns>The folder of the run's model, fetched again where it came from the Hub and has gone.</returns>
    private async Task<string> FindModelAsync(CancellationToken cancellationToken)
    {
        var model = folder.Core.Run.Model;
        var path = Directory.Exists(model.Path) || model.Revision.Length == 0
            ? model.Path
            : (await new ModelSource(model.Id, model.Revision, hub).LocateAsync(cancellationToken)).Folder;
        return ModelFolder.Digest(ModelFolder.Digests(path)) == model.Digest
            ? path
            : throw new UserErrorException(
                $"{path}: the model is not the one that the run was made with; bring the old one back");
    }

    /// <returns>How many rows were compared.</returns>
    private async Task<int> CheckScoresAsync(
        IShardPlace place, string model, int sample, string device, List<string> faults,
        CancellationToken cancellationToken)
    {
        var chosen = RowSample.Choose([.. _shards.Select(shard => shard.RowsKept)], sample, folder.Core.Run.RunId);
        using var rescorer = Rescorer.Load(model, folder.Core.Run.Dtype, device);
        var compared = 0;
        foreach (var (index, rows) in chosen)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var sampled = (await place.ReadAsync(_shards[index], rows, cancellationToken))
                .Where(row => row is { Text: not null, Score: not null }).ToList();
            foreach (var (row, score) in sampled.Zip(rescorer.Score([.. sampled.Select(row => row.Text!)])))
                Compare(place.NameOf(_shards[index]), row.Row, row.Score!.Value, score, faults);
            compared += sampled.Count;
        }

        return compared;
    }

    private void Compare(string name, long row, double stored, float score, List<string> faults)
    {
        var difference = Math.Abs(stored - score);
        _largest = Math.Max(_largest, difference);
        // Not "above the tolerance": a NaN is a fault as well.
        if (!(difference <= Tolerance))
            faults.Add(string.Create(
                CultureInfo.InvariantCulture, $"{name}: row {row} has score {stored}, scored again {score}"));
    }
}
