using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Parquet;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Shards;
using Grpc.Core;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>Whose fault it is that a lease came to nothing.</summary>
public sealed class LeaseOutcomeTests
{
    private const int InputOutputError = 5;

    [Fact]
    public void Of_DamagedFile_IsTheFiles()
    {
        var ended = LeaseOutcome.Of(7, Damaged(inner: null), stopped: false, "hf://datasets/a/b/x.parquet");

        Assert.Equal((Outcome.FileBad, Fault.File), (ended.Outcome, ended.Fault));
        Assert.Equal("hf://datasets/a/b/x.parquet: a page is damaged; download it again", ended.Reason);
        Assert.Equal(
            "/cache/x.parquet: a page is damaged; download it again",
            LeaseOutcome.Of(7, Damaged(inner: null), stopped: false).Reason);
    }

    [Fact]
    public void Of_FullDiskOfTheOutputOrDeviceWithoutRoom_IsNotTheFiles()
    {
        Assert.Equal(Fault.OutputDisk, LeaseOutcome.FaultOf(new StagingFullException(new IOException("no space"))));
        Assert.Equal(Fault.Machine, LeaseOutcome.FaultOf(new DeviceMemoryException("out of memory")));
        Assert.Equal(Fault.Unspecified, LeaseOutcome.FaultOf(new InvalidOperationException("odd")));
    }

    [Fact]
    public void Of_DamageThatIsAFailedRead_IsTheMachines()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the code is Linux's");
        Exception[] inner =
        [
            new IOException("Input/output error", InputOutputError),
            new InvalidOperationException(
                "IOError: Error reading bytes from file. Detail: [errno 5] Input/output error"),
            new InsufficientMemoryException(),
        ];
        Assert.All(inner, cause =>
        {
            var ended = LeaseOutcome.Of(7, Damaged(cause), stopped: false);
            Assert.Equal((Outcome.Failed, Fault.Machine), (ended.Outcome, ended.Fault));
        });
    }

    [Fact]
    public void Of_Device_IsTheDevices()
    {
        var ended = LeaseOutcome.Of(7, new DeviceFailedException("CUDA error: lost"), stopped: true);

        Assert.Equal(
            (Outcome.Failed, Fault.Device, "CUDA error: lost"), (ended.Outcome, ended.Fault, ended.Reason));
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, (int)Fault.Machine)]
    [InlineData(StatusCode.DeadlineExceeded, (int)Fault.Machine)]
    [InlineData(StatusCode.ResourceExhausted, (int)Fault.Machine)]
    [InlineData(StatusCode.Cancelled, (int)Fault.Machine)]
    [InlineData(StatusCode.Aborted, (int)Fault.Machine)]
    [InlineData(StatusCode.Internal, (int)Fault.Unspecified)]
    [InlineData(StatusCode.NotFound, (int)Fault.Unspecified)]
    [InlineData(StatusCode.FailedPrecondition, (int)Fault.Unspecified)]
    public void Of_Call_DependsOnItsStatus(StatusCode status, int fault) => Assert.Equal(
        (Fault)fault, LeaseOutcome.FaultOf(new RpcException(new Status(status, "said the coordinator"))));

    [Theory]
    [InlineData(HubErrorKind.TimedOut, (int)Fault.Machine)]
    [InlineData(HubErrorKind.Unreachable, (int)Fault.Machine)]
    [InlineData(HubErrorKind.ServerError, (int)Fault.Machine)]
    [InlineData(HubErrorKind.RateLimited, (int)Fault.Machine)]
    [InlineData(HubErrorKind.LinkExpired, (int)Fault.Machine)]
    [InlineData(HubErrorKind.Forbidden, (int)Fault.Unspecified)]
    [InlineData(HubErrorKind.EntryNotFound, (int)Fault.Unspecified)]
    public void Of_Hub_DependsOnItsKind(HubErrorKind kind, int fault) =>
        Assert.Equal((Fault)fault, LeaseOutcome.FaultOf(new HubException(kind, "said the Hub")));

    [Fact]
    public void Of_StoppedOrDone_IsNobodys()
    {
        Assert.Equal(Outcome.Completed, LeaseOutcome.Of(7, null, stopped: false).Outcome);
        Assert.Equal(Outcome.Returned, LeaseOutcome.Of(7, null, stopped: true).Outcome);
        var returned = LeaseOutcome.Of(7, new OperationCanceledException(), stopped: true);
        Assert.Equal((Outcome.Returned, Fault.Unspecified), (returned.Outcome, returned.Fault));
    }

    private static ParquetFileException Damaged(Exception? inner) => new(
        ParquetFault.Damaged, "/cache/x.parquet", "a page is damaged", "download it again", inner);
}
