using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Inputs;

/// <summary>A file of the run beside what lies in its place now.</summary>
/// <param name="IsSame">The content is known to be the same.</param>
/// <param name="Difference">How it is known to be another one; null where it is not.</param>
internal sealed record InputComparison(FileRecord File, InputFileInfo Input, bool IsSame, string? Difference)
{
    public bool IsUntouched => File.Size == Input.Size && File.ModifiedTicks == Input.ModifiedTicks;

    /// <summary>Size first, then time, and only then the content: reading all of it takes long.</summary>
    public static async Task<InputComparison> OfAsync(
        FileRecord file, InputFileInfo input, CancellationToken cancellationToken)
    {
        if (file.Size != input.Size)
            return new InputComparison(
                file, input, IsSame: false,
                $"it had {NumberText.Count(file.Size, "byte")} and has {NumberText.Count(input.Size)}");
        if (file.ModifiedTicks == input.ModifiedTicks)
            return new InputComparison(file, input, IsSame: true, Difference: null);
        if (file.Sha256 is null)
            return new InputComparison(file, input, IsSame: false, Difference: null);
        var sha256 = await Sha256.OfFileAsync(input.Path, cancellationToken);
        return sha256 == file.Sha256
            ? new InputComparison(file, input, IsSame: true, Difference: null)
            : new InputComparison(file, input, IsSame: false, $"its sha256 was {file.Sha256} and is {sha256}");
    }

    /// <summary>The file as it is now. Scores are kept where its content is the same.</summary>
    public async Task<LedgerChange.FileReplaced> DescribeAsync(RunInput source, CancellationToken cancellationToken)
    {
        var inspection = await source.InspectAsync(Input, cancellationToken);
        return new LedgerChange.FileReplaced(
            File with
            {
                Size = Input.Size,
                ModifiedTicks = Input.ModifiedTicks,
                Sha256 = IsSame ? File.Sha256 ?? inspection.Sha256 : null,
                Rows = inspection.Rows,
                Failure = inspection.Fault,
                Columns = inspection.Columns?.Digest,
            },
            DropScores: !IsSame || inspection.Rows != File.Rows);
    }
}
