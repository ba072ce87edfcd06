using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Running;

public sealed class ProgressDeadlinesTests
{
    [Theory]
    [InlineData((int)Stage.Fetching, 0, "fetching it")]
    [InlineData((int)Stage.Fetching, 2_000_000, "fetching it (2 MB had come)")]
    [InlineData((int)Stage.Opening, 0, "opening it")]
    [InlineData((int)Stage.Scoring, 0, "scoring it")]
    [InlineData((int)Stage.Queued, 0, "scoring it")]
    [InlineData((int)Stage.Building, 0, "writing its shard")]
    [InlineData((int)Stage.Uploading, 0, "handing its shard over")]
    public void Describe_SaysWhatIsDone(int stage, ulong bytes, string expected)
    {
        var lease = Lease(LeaseKind.Score);
        lease.Note(new LeaseProgress { Steps = 1, Stage = (Stage)stage, FetchedBytes = bytes }, TimeSpan.Zero);

        Assert.Equal(expected, ProgressDeadlines.Describe(lease));
    }

    [Fact]
    public void Describe_BuildThatWaitsForAnother_SaysSo() =>
        Assert.Equal("waiting to write its shard", ProgressDeadlines.Describe(Lease(LeaseKind.Build)));

    /// <summary>A process whose disk or device hangs is to end; one that cannot be reached may be well.</summary>
    [Fact]
    public void IsOfItsMachine_AllButTheWayToIt() => Assert.Equal(
        [Stage.Fetching, Stage.Uploading],
        Enum.GetValues<Stage>().Where(stage => !ProgressDeadlines.IsOfItsMachine(stage)));

    private static RunLease Lease(LeaseKind kind) => new(1, kind, 0, new WindowRange(0, 4), "w");
}
