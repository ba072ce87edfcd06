using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Shards;
using Grpc.Core;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Session;

/// <summary>What to tell the coordinator about the end of a lease, and whose fault it is.</summary>
internal static class LeaseOutcome
{
    /// <param name="failure">What ended the work early; null where nothing did.</param>
    /// <param name="stopped">The work was to be given back.</param>
    /// <param name="input">The file's path as the run knows it; a copy of it here is nobody else's.</param>
    public static LeaseEnded Of(ulong fence, Exception? failure, bool stopped, string? input = null)
    {
        if (failure is null or OperationCanceledException)
            return new LeaseEnded { Fence = fence, Outcome = stopped ? Outcome.Returned : Outcome.Completed };
        var fault = FaultOf(failure);
        return new LeaseEnded
        {
            Fence = fence,
            Outcome = fault == Fault.File ? Outcome.FileBad : Outcome.Failed,
            Fault = fault,
            Reason = failure is ParquetFileException bad && fault == Fault.File
                ? $"{input ?? bad.Path}: {bad.Reason}; {bad.Remedy}"
                : DeviceErrors.LineOf(failure),
        };
    }

    /// <summary>
    /// A failure to read is the machine's before it is the file's: only what was read without an error can be wrong.
    /// </summary>
    public static Fault FaultOf(Exception failure) => failure switch
    {
        DeviceFailedException => Fault.Device,
        StagingFullException => Fault.OutputDisk,
        DeviceMemoryException => Fault.Machine,
        RpcException { StatusCode: var status } => IsOfConnection(status) ? Fault.Machine : Fault.Unspecified,
        HubException { Kind: var kind } when IsOfConnection(kind) => Fault.Machine,
        _ when MachineFaults.Is(failure) => Fault.Machine,
        ParquetFileException => Fault.File,
        _ => Fault.Unspecified,
    };

    private static bool IsOfConnection(StatusCode status) => status is StatusCode.Unavailable
        or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted or StatusCode.Cancelled or StatusCode.Aborted;

    private static bool IsOfConnection(HubErrorKind kind) => kind is HubErrorKind.Unreachable or HubErrorKind.TimedOut
        or HubErrorKind.ServerError or HubErrorKind.RateLimited or HubErrorKind.LinkExpired
        or HubErrorKind.ForbiddenAddress;
}
