using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Shards;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>Checks that a run that goes on is still the one it was, and gives failed files another chance.</summary>
internal sealed class RunResumption(
    LedgerContents contents, RunInput source, RunSpec spec, string runFolder)
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
    /// <param name="inputs">As they are now.</param>
    /// <param name="cancellationToken">For reading files.</param>
    /// <returns>The changes by which the ledger follows the input.</returns>
    /// <exception cref="UserErrorException">
    /// Model or input are others; the message names the difference.
    /// </exception>
    public async Task<IReadOnlyList<LedgerChange>> CheckAsync(
        ModelRecord? model, IReadOnlyList<InputFileInfo> inputs, CancellationToken cancellationToken)
    {
        if (model is not null)
            CheckModel(model);
        CheckNames(inputs);
        var changes = new List<LedgerChange>();
        foreach (var (file, input) in contents.Files.Zip(inputs))
        {
            if (file.Failure is not null)
                changes.Add(await TryAgainAsync(file, input, cancellationToken));
            else if (await FollowAsync(file, input, cancellationToken) is { } change)
                changes.Add(change);
        }

        return changes;
    }

    /// <summary>
    /// Finished shards in a local output that are no longer as they were: they are built again, since the scores are kept.
    /// </summary>
    /// <param name="warn">Hears of each.</param>
    /// <param name="cancellationToken">For reading shards.</param>
    /// <returns>Their files.</returns>
    public async Task<IReadOnlyList<int>> FindLostAsync(Action<string> warn, CancellationToken cancellationToken)
    {
        var places = RunPlaces.Of(runFolder, spec.Output, contents.Run.RunId);
        var faults = await ShardFiles.FaultsAsync(
            contents.Shards.Where(shard => shard.Done), places.ShardPath, cancellationToken);
        foreach (var (file, fault) in faults)
            warn($"{places.ShardPath(contents.Files[file].ShardName)}: {fault}; it is built again from the scores");
        return [.. faults.Keys];
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

    private void CheckNames(IReadOnlyList<InputFileInfo> inputs)
    {
        var before = contents.Files.Select(file => file.Path).ToList();
        var now = inputs.Select(file => file.Path).ToList();
        if (before.SequenceEqual(now, StringComparer.Ordinal))
            return;
        var missing = before.Except(now).FirstOrDefault();
        var added = now.Except(before).FirstOrDefault();
        throw new UserErrorException(
            $"{spec.Input}: the input is not the one this run was started with: " +
            (missing is not null ? $"{missing} is no longer there" : $"{added} is new") +
            "; bring the old one back, or start another run with --run and --output");
    }

    /// <summary>Size first, then time, and only then the content: reading all of it takes long.</summary>
    private async Task<LedgerChange?> FollowAsync(
        FileRecord file, InputFileInfo input, CancellationToken cancellationToken)
    {
        if (file.Size != input.Size)
            throw Changed(file, $"it had {file.Size:N0} bytes and has {input.Size:N0}");
        if (file.ModifiedTicks == input.ModifiedTicks)
            return null;
        if (file.Sha256 is null)
            return await TryAgainAsync(file, input, cancellationToken);
        var sha256 = await Sha256.OfFileAsync(input.Path, cancellationToken);
        if (sha256 != file.Sha256)
            throw Changed(file, $"its sha256 was {file.Sha256} and is {sha256}");
        return new LedgerChange.FileReplaced(file with { ModifiedTicks = input.ModifiedTicks }, DropScores: false);
    }

    private async Task<LedgerChange> TryAgainAsync(
        FileRecord file, InputFileInfo input, CancellationToken cancellationToken)
    {
        var isSame = file.Size == input.Size && file.ModifiedTicks == input.ModifiedTicks ||
            file.Sha256 is not null && file.Sha256 == await Sha256.OfFileAsync(input.Path, cancellationToken);
        var inspection = await source.InspectAsync(input, cancellationToken);
        return new LedgerChange.FileReplaced(
            file with
            {
                Size = input.Size,
                ModifiedTicks = input.ModifiedTicks,
                Sha256 = isSame ? file.Sha256 ?? inspection.Sha256 : null,
                Rows = inspection.Rows,
                Failure = inspection.Fault,
                Columns = inspection.Columns?.Digest,
            },
            DropScores: !isSame || inspection.Rows != file.Rows);
    }

    private static UserErrorException Changed(FileRecord file, string difference) => new(
        $"{file.Path}: the file has changed since the run was started: {difference}; bring the old one back, or " +
        "start another run with --run and --output");
}
