using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Session;

/// <summary>What to tell the coordinator about the end of a lease.</summary>
internal static class LeaseOutcome
{
    /// <param name="failure">What ended the work early; null where nothing did.</param>
    /// <param name="stopped">The work was to be given back.</param>
    /// <param name="input">The file's path as the run knows it; a copy of it here is nobody else's.</param>
    public static LeaseEnded Of(ulong fence, Exception? failure, bool stopped, string? input = null) => failure switch
    {
        null or OperationCanceledException => new LeaseEnded
        {
            Fence = fence,
            Outcome = stopped ? Outcome.Returned : Outcome.Completed,
        },
        // Whatever is wrong with the file will be wrong for everyone.
        ParquetFileException bad => Failed(
            fence, Outcome.FileBad, $"{input ?? bad.Path}: {bad.Reason}; {bad.Remedy}"),
        _ => Failed(fence, Outcome.Failed, Cli.ErrorLine.Describe(failure).Line),
    };

    private static LeaseEnded Failed(ulong fence, Outcome outcome, string reason) =>
        new() { Fence = fence, Outcome = outcome, Reason = reason };
}
