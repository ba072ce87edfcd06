using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;

namespace FineWebTorch.Coordinator.Tests.Disk;

public sealed class DiskPlanTests
{
    private const long Giga = 1_000_000_000;

    [Fact]
    public void Demand_EachNeedFitsButNotAllOfADisk_NamesWhatIsNeededWhatIsFreeAndWhere()
    {
        var plan = new DiskPlan(
            [
                new DiskNeed("/data/out", 3 * Giga, "shards", "--output"),
                new DiskNeed("/home/cache", 2 * Giga, "the model", "HF_HUB_CACHE"),
                new DiskNeed("/data/run", 2 * Giga, "the ledger", "--run"),
            ],
            Room);

        var refusal = Assert.Throws<UserErrorException>(plan.Demand);

        Assert.Equal(
            "disk /data: 5 GB needed, 4.5 GB free: 3 GB for shards in /data/out, 2 GB for the ledger in /data/run; " +
            "make room, or choose another disk by --output or --run", refusal.Message);
        Assert.Equal(2, plan.Lines.Count());
    }

    [Theory]
    [InlineData(4_500_000_000, false)]
    [InlineData(4_500_000_001, true)]
    public void Demand_ToTheByte_IsRefusedOnlyAboveWhatIsFree(long bytes, bool refused)
    {
        var plan = new DiskPlan([new DiskNeed("/data", bytes, "shards", "--output")], Room);

        Assert.Equal(refused, Record.Exception(plan.Demand) is UserErrorException);
    }

    [Fact]
    public void Lines_NothingIsNeeded_AreNone()
    {
        var plan = new DiskPlan([new DiskNeed("/data", 0, "the model", "HF_HUB_CACHE")], Room);

        plan.Demand();

        Assert.Empty(plan.Lines);
    }

    private static DiskRoom Room(string folder) =>
        folder.StartsWith("/data", StringComparison.Ordinal) ? new("/data", 4_500_000_000) : new("/", 10 * Giga);
}
