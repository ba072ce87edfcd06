using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>
/// What the footers of a new run's files say: a start that is killed or refused after tens of thousands of files goes on
/// from where it was.
/// </summary>
/// <param name="folder">Of the run; need not be there.</param>
/// <param name="spec">With other options a footer may say another thing.</param>
/// <param name="least">Footers from which on it is worth keeping them.</param>
internal sealed class FooterJournal(string folder, RunSpec spec, int least = 256)
{
    public const string FileName = "footers.jsonl";

    private readonly Dictionary<string, Footer> _known = new(StringComparer.Ordinal);
    private readonly LineJournal<Footer> _journal = new(
        Path.Combine(folder, FileName), $"{ProgramVersion.Current} {spec.Digest}", least);

    /// <summary>Takes over what an earlier start has left.</summary>
    public void Read()
    {
        foreach (var footer in _journal.Read())
            _known[footer.Path] = footer;
        _journal.GoesOn = _known.Count > 0;
    }

    /// <returns>Null where the file was not read, or is another by now.</returns>
    public InputInspection? Find(InputFileInfo file) =>
        _known.TryGetValue(file.Path, out var known) && known.Size == file.Size && known.Modified == file.ModifiedTicks
            ? new InputInspection(known.Rows, Fault: null, IsColumnFault: false)
            {
                Sha256 = known.Sha256,
                Columns = new ColumnSet(known.Columns, []),
                Warnings = known.Warnings,
            }
            : null;

    /// <summary>Any thread. What cannot be read is not kept: it may be there the next time.</summary>
    public void Add(InputFileInfo file, InputInspection inspection)
    {
        if (inspection is { Fault: null, Columns: { } columns })
            _journal.Add(new Footer(
                file.Path, file.Size, file.ModifiedTicks, inspection.Rows, inspection.Sha256, columns.Digest,
                inspection.Warnings));
    }

    /// <inheritdoc cref="LineJournal{T}.Discard"/>
    public void Discard() => _journal.Discard();

    private sealed record Footer(
        string Path, long Size, long Modified, long Rows, string? Sha256, string Columns,
        IReadOnlyList<string> Warnings);
}
