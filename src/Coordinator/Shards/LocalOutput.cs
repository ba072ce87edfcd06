using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>
/// A folder of this machine that a run's shards go to: one coordinator writes there at a time, and what lies there of
/// another run is never mixed with this one's nor overwritten unasked.
/// </summary>
/// <param name="spec">Of the run.</param>
/// <param name="runFolder">Absolute.</param>
/// <param name="overwrite">Shards of other runs are to be replaced.</param>
/// <param name="trustsTimes">See <see cref="ShardFiles.FaultsAsync"/>.</param>
internal sealed class LocalOutput(RunSpec spec, string runFolder, bool overwrite, bool trustsTimes)
{
    private readonly string _output = spec.Output;

    private string OwnFolder => RunPlaces.OwnFolder(_output);

    /// <summary>Shards in a folder that a reader takes for data of a run.</summary>
    /// <param name="names">Of the run's shards, which show the folders.</param>
    /// <returns>Below the output, '/'-separated.</returns>
    public static IEnumerable<string> ListShards(string output, ShardLayout layout, IEnumerable<string> names)
    {
        var search = new FileSearch(_ => { });
        return ShardPattern.Of(layout, names).SelectMany(pattern => search.Find(output, pattern).Files)
            .Select(file => file.Name).Distinct(StringComparer.Ordinal);
    }

    /// <exception cref="UserErrorException">Another coordinator writes to the folder.</exception>
    public void DemandFree() => RunLock.DemandFree(OwnFolder, Refusal);

    /// <summary>Keeps other coordinators out until it is disposed.</summary>
    /// <inheritdoc cref="DemandFree"/>
    public IDisposable Take()
    {
        Directory.CreateDirectory(OwnFolder);
        return RunLock.Take(OwnFolder, Refusal);
    }

    /// <summary>The folder says that it is another run's.</summary>
    public bool IsOfAnotherRun => OutputNote.Read(_output) is { } note && note.RunId != spec.Digest;

    /// <summary>Says in the folder whose it is from now on.</summary>
    public void Note() => new OutputNote(spec.Digest, runFolder, ProgramVersion.Current).Write(_output);

    /// <summary>Shards of other runs: what a reader would take for data beside this run's.</summary>
    /// <param name="files">Of the run.</param>
    /// <param name="shards">That the ledger knows.</param>
    /// <returns>Below the output, '/'-separated; empty or they are to be replaced.</returns>
    /// <exception cref="UserErrorException">There are some that may not be replaced.</exception>
    public async Task<IReadOnlyList<string>> FindEarlierAsync(
        IEnumerable<FileRecord> files, IEnumerable<ShardRecord> shards, CancellationToken cancellationToken)
    {
        var names = files.Select(file => file.ShardName).ToList();
        var own = await OwnAsync(shards, cancellationToken);
        var earlier = ListShards(_output, spec.Layout, names).Where(name => !own.Contains(name)).ToList();
        DemandNoInput([.. names.Union(earlier, StringComparer.Ordinal)], files.Select(file => file.Path));
        if (earlier.Count > 0 && !overwrite)
            throw new UserErrorException(
                $"{PathOf(earlier[0])}: {(earlier.Count == 1 ? "this shard is" : $"{earlier.Count} shards are")} there " +
                $"already and not of this run{Whose()}; --overwrite replaces what is there once this run's shards are " +
                "complete, or give another --output");
        return earlier;
    }

    /// <summary>
    /// Names of shards that the run has made. Where another run has had the folder meanwhile, its own may have the same
    /// names: then their content decides.
    /// </summary>
    private async Task<HashSet<string>> OwnAsync(IEnumerable<ShardRecord> shards, CancellationToken cancellationToken)
    {
        var isOurs = OutputNote.Read(_output)?.IsOf(spec.Digest, runFolder) ?? true;
        var faults = isOurs ? null : await ShardFiles.FaultsAsync(shards, PathOf, trustsTimes, cancellationToken);
        return [.. shards.Where(shard => faults?.ContainsKey(shard.File) != true).Select(shard => shard.Name)];
    }

    private void DemandNoInput(IReadOnlyList<string> shards, IEnumerable<string> inputs)
    {
        var places = new Dictionary<FileIdentity, string>();
        foreach (var name in shards)
        {
            if (FileIdentity.Of(PathOf(name)) is { } identity)
                places.TryAdd(identity, name);
        }

        foreach (var input in places.Count == 0 ? [] : inputs)
        {
            if (FileIdentity.Of(input) is { } identity && places.TryGetValue(identity, out var name))
                throw new UserErrorException(
                    $"--output {_output}: {name} there is the input {input}, which this run would overwrite or take for " +
                    "a shard; give another --output");
        }
    }

    private string Whose() => OutputNote.Read(_output) is { } note && !note.IsOf(spec.Digest, runFolder)
        ? $" but of the one in {note.RunFolder}"
        : "";

    private string Refusal(string holder) =>
        $"--output {_output}: {holder} writes there; end it first, or give another --output";

    private string PathOf(string name) => RunPlaces.ShardPath(_output, name);
}
