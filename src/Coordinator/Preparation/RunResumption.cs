using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Shards;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>Checks that a run that goes on is still the one it was, and gives failed files another chance.</summary>
/// <param name="rescore">An input that is another one now is scored anew; else it is refused.</param>
/// <param name="warn">Hears of what is odd but no reason to stop.</param>
internal sealed class RunResumption(
    ILedger ledger, LedgerContents contents, RunInput source, RunSpec spec, string runFolder, bool rescore, Action<string> warn)
{
    /// <exception cref="UserErrorException">The run was started with other options.</exception>
    public void CheckOptions()
    {
        var asked = spec.ToOptions();
        var changed = contents.Run.Options.Where(option => asked[option.Key] != option.Value).ToList();
        if (changed.Count > 0)
            throw new UserErrorException(
                $"{runFolder}: this run was started with " +
                string.Join(", ", changed.Select(option => $"{option.Key} {option.Value} (now {asked[option.Key]})")) +
                "; give the same options, or start another run with --run and --output");
    }

    /// <param name="model">Null where it is not to be compared.</param>
    /// <param name="inputs">As they are now. What has become of files that are done does not matter.</param>
    /// <param name="left">Files of which there is no shard that is as it should be.</param>
    /// <param name="cancellationToken">For reading files.</param>
    /// <returns>The changes by which the ledger follows the input.</returns>
    /// <exception cref="UserErrorException">
    /// Model or input are others; the message names the difference.
    /// </exception>
    public async Task<IReadOnlyList<LedgerChange>> CheckAsync(
        ModelRecord? model, IReadOnlyList<InputFileInfo> inputs, IReadOnlyList<FileRecord> left,
        CancellationToken cancellationToken)
    {
        if (model is not null)
            CheckModel(model);
        var now = inputs.ToDictionary(input => input.Name, StringComparer.Ordinal);
        CheckPresence([.. left.Where(file => file.Failure is null && !now.ContainsKey(file.Name))]);
        var changes = new List<LedgerChange>();
        var changed = new List<(FileRecord File, string Difference)>();
        foreach (var file in left.Where(file => now.ContainsKey(file.Name) && file.Failure != FileRecord.Skipped))
        {
            var input = now[file.Name];
            var comparison = await InputComparison.OfAsync(file, input, cancellationToken);
            if (comparison.Difference is { } difference && file.Failure is null)
                changed.Add((file, difference));
            if (!comparison.IsUntouched || file.Failure is not null)
            {
                var replaced = await comparison.DescribeAsync(source, cancellationToken);
                changes.AddRange(replaced.DropScores ? [.. Ended(file.Index), replaced] : [replaced]);
            }
        }

        CheckContents(changed);
        return changes;
    }

    /// <summary>
    /// Finished shards in a local output that are no longer as they were: they are built again, since the scores are kept.
    /// </summary>
    /// <param name="trustsTimes">See <see cref="ShardFiles.FaultsAsync"/>.</param>
    /// <param name="cancellationToken">For reading shards.</param>
    /// <returns>Their files.</returns>
    public async Task<IReadOnlyList<FileRecord>> FindLostAsync(bool trustsTimes, CancellationToken cancellationToken)
    {
        var places = RunPlaces.Of(runFolder, spec.Output, contents.Run.RunId);
        var faults = await ShardFiles.FaultsAsync(
            ledger.ReadFiles().Where(file => file.IsDone).Select(file => file.Shard!), places.ShardPath, trustsTimes,
            cancellationToken);
        var lost = faults.Keys.Select(file => ledger.ReadFile(file).Record).ToList();
        foreach (var file in lost)
            warn($"{places.ShardPath(file.ShardName)}: {faults[file.Index]}; it is built again from the scores");
        return lost;
    }

    private void CheckModel(ModelRecord model)
    {
        if (model.Digest == contents.Run.Model.Digest)
            return;
        var before = contents.Run.Model.Files;
        var differing = model.Files.Except(before).Concat(before.Except(model.Files))
            .Select(file => file.Name).Distinct(StringComparer.Ordinal);
        throw new UserErrorException(
            $"{model.Path}: the model is not the one this run was started with ({string.Join(", ", differing)} differ" +
            $"{(differing.Count() == 1 ? "s" : "")}); bring the old one back, or start another run with --run and " +
            "--output");
    }

    private static void CheckPresence(List<FileRecord> gone)
    {
        if (gone.Count > 0)
            throw new UserErrorException(
                $"{gone[0].Path}: the file is no longer there{AndMore(gone.Count)}, and no shard has been made of it; bring " +
                "it back, leave it out by 'coordinator files skip', or start another run with --run and --output");
    }

    private void CheckContents(List<(FileRecord File, string Difference)> changed)
    {
        if (changed.Count > 0 && !rescore)
            throw new UserErrorException(
                $"{changed[0].File.Path}: the file has changed since the run was started: {changed[0].Difference}" +
                $"{AndMore(changed.Count)}; bring the old one back, or --on-changed-input rescore scores it anew");
        foreach (var (file, difference) in changed)
            warn($"{file.Path}: the file has changed since the run was started: {difference}; it is scored anew");
    }

    private static string AndMore(int count) => count > 1 ? $" (nor are {count - 1} more as they were)" : "";

    /// <summary>What is under way of a file whose content is another one comes to nothing.</summary>
    private IEnumerable<LedgerChange> Ended(int file) =>
    [
        .. contents.Leases.Where(lease => lease.File == file).Select(lease => new LedgerChange.LeaseClosed(lease.Fence)),
        .. contents.Shards.Where(shard => shard.File == file && !shard.Done)
            .Select(_ => new LedgerChange.ShardDropped(file)),
    ];
}
