using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Input;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Shards;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Checks a run that starts from nothing.</summary>
internal static class NewRun
{
    /// <summary>Footers of files on the Hub that are read at a time.</summary>
    private const int FootersAtATime = 8;

    /// <summary>Reads every footer; bad files are set aside at once.</summary>
    /// <exception cref="UserErrorException">No file has the columns that the options name.</exception>
    public static async Task<IReadOnlyList<FileRecord>> InspectAsync(
        IReadOnlyList<InputFileInfo> inputs, IInputSource source, RunIdentity identity,
        CancellationToken cancellationToken)
    {
        var inspections = new InputInspection[inputs.Count];
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = HubPaths.IsHub(identity.Input) ? FootersAtATime : 1,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, inputs.Count, parallel, async (index, token) =>
            inspections[index] = await source.InspectAsync(inputs[index], token));
        if (Array.TrueForAll(inspections, inspection => inspection.IsColumnFault))
            throw new UserErrorException(inspections[0].Fault! +
                (inputs.Count > 1 ? $" (and {inputs.Count - 1} more files like it)" : ""));
        return [.. inputs.Zip(inspections).Select((pair, index) => new FileRecord(
            index,
            pair.First.Name,
            pair.First.Path,
            pair.First.Size,
            pair.First.ModifiedTicks,
            pair.First.Sha256 ?? pair.Second.Sha256,
            pair.Second.Rows,
            ShardNames.Create(identity.Layout, pair.First.Name, index, inputs.Count),
            pair.Second.Fault))];
    }

    /// <exception cref="UserErrorException">Shards of another run lie where this one's would go.</exception>
    public static void CheckOutput(IReadOnlyList<FileRecord> files, string output)
    {
        var places = new RunPlaces("", output, "", "");
        var taken = files.Where(file => File.Exists(places.ShardPath(file.ShardName))).ToList();
        if (taken.Count > 0)
            throw new UserErrorException(
                $"{places.ShardPath(taken[0].ShardName)}: " +
                $"{(taken.Count == 1 ? "this shard is" : $"{taken.Count} shards are")} there already and not of " +
                "this run; give another --output, or --run with the folder of the run that made them");
    }
}
