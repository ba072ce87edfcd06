using FineWebTorch.Common;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Preparation;

/// <summary>What files are by their footers.</summary>
internal sealed partial class RunPreparation
{
    /// <summary>Of files on the Hub, where an answer takes long; the client keeps to the Hub's limits by itself.</summary>
    private const int HubFootersAtATime = 16;

    /// <summary>A new run with fewer files reads them anew after a start that came to nothing.</summary>
    public int LeastJournal { get; init; } = 256;

    private ListingJournal OpenListing() => new(options.RunFolder);

    private FooterJournal OpenJournal() => new(options.RunFolder, _spec, LeastJournal);

    /// <summary>The files that a new run would have: in order, no more than asked for.</summary>
    private async Task<IReadOnlyList<FileRecord>> InspectNewAsync(
        FooterJournal? footers, ListingJournal? listing, CancellationToken cancellationToken)
    {
        var found = await _input.FindAsync(isNew: true, listing, cancellationToken);
        if (_spec.Files > found.Count)
            warn($"--files {_spec.Files}: there are only {found.Count}");
        var files = await InspectInputsAsync(
            _spec.Files == 0 ? found : [.. found.Take(_spec.Files)], first: 0, footers, cancellationToken);
        await Warnings.TellDifferencesAsync(files, cancellationToken);
        return files;
    }

    /// <summary>What files of a run are by their footers; bad ones have failed at once.</summary>
    /// <param name="first">Place of the first of them in the run.</param>
    /// <param name="journal">Saves reading what it knows, and gets the rest; null where nothing is to be written.</param>
    /// <exception cref="UserErrorException">No file has the columns that the options name.</exception>
    private async Task<IReadOnlyList<FileRecord>> InspectInputsAsync(
        IReadOnlyList<InputFileInfo> inputs, int first, FooterJournal? journal, CancellationToken cancellationToken)
    {
        var inspections = new InputInspection[inputs.Count];
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = _input.Hub is not null ? HubFootersAtATime : Environment.ProcessorCount,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, inputs.Count, parallel, async (index, token) =>
            inspections[index] = journal?.Find(inputs[index]) ?? await ReadAsync(inputs[index], journal, token));
        if (inputs.Count > 0 && Array.TrueForAll(inspections, inspection => inspection.IsColumnFault))
            throw new UserErrorException(inspections[0].Fault! +
                (inputs.Count > 1 ? $" (and {inputs.Count - 1} more files like it)" : ""));
        Warnings.TellLosses(inputs.Zip(inspections)
            .SelectMany(pair => pair.Second.Warnings.Select(text => (pair.First.Name, text))));
        return [.. inputs.Zip(inspections).Select((pair, index) => new FileRecord(
            first + index,
            pair.First.Name,
            pair.First.Path,
            pair.First.Size,
            pair.First.ModifiedTicks,
            pair.First.Sha256 ?? pair.Second.Sha256,
            pair.Second.Rows,
            ShardNames.Create(_spec.Layout, pair.First.Name, first + index, first + inputs.Count),
            pair.Second.Fault)
        {
            Columns = pair.Second.Columns?.Digest,
        })];
    }

    private async Task<InputInspection> ReadAsync(
        InputFileInfo file, FooterJournal? journal, CancellationToken cancellationToken)
    {
        var inspection = await _input.InspectAsync(file, cancellationToken);
        journal?.Add(file, inspection);
        return inspection;
    }
}
