using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What no shard of a file is like.</summary>
public sealed class ShardChecksTests
{
    private static readonly FileRecord Small = Runs.File(0, rows: 40);
    private static readonly FileRecord Large = Small with { Size = 1L << 30, Rows = 1000 };

    [Fact]
    public void Shard_AtTheBordersOfWhatCanBe_IsTaken()
    {
        Assert.Null(FaultOf(_ => { }));
        Assert.Null(FaultOf(shard => (shard.RowsIn, shard.RowsKept, shard.RowsUnscorable) = (40, 40, 40)));
        Assert.Null(FaultOf(shard => shard.ArrowBytes = long.MaxValue));
        Assert.Null(FaultOf(shard => shard.Size = (ulong)ShardChecks.MostBytes(Small)));
        Assert.Null(FaultOf(shard => shard.Warnings.Add(Enumerable.Repeat("w", 10_000))));
        Assert.Null(FaultOf(shard => shard.Warnings.Add([new string('w', 1 << 19), new string('w', 1 << 19)])));
    }

    [Fact]
    public void Shard_BeyondThem_IsNot()
    {
        Assert.Equal("the shard's sha256 is none", FaultOf(shard => shard.Sha256 = "abc"));
        Assert.Equal(
            "the shard has 41 rows in, 0 kept and 0 unscorable, of a file of 40", FaultOf(shard => shard.RowsIn = 41));
        Assert.Equal(
            "the shard has 8 rows in, 9 kept and 0 unscorable, of a file of 40",
            FaultOf(shard => (shard.RowsIn, shard.RowsKept) = (8, 9)));
        Assert.Equal(
            "the shard has 8 rows in, 0 kept and 9 unscorable, of a file of 40",
            FaultOf(shard => (shard.RowsIn, shard.RowsUnscorable) = (8, 9)));
        Assert.Equal(
            "the shard's rows are said to need more memory than there is",
            FaultOf(shard => shard.ArrowBytes = long.MaxValue + 1UL));
        Assert.Equal(
            "the shard has 10001 warnings", FaultOf(shard => shard.Warnings.Add(Enumerable.Repeat("w", 10_001))));
        Assert.Equal(
            "the shard's warnings have 1048577 characters",
            FaultOf(shard => shard.Warnings.Add([new string('w', 1 << 19), new string('w', (1 << 19) + 1)])));
        var most = ShardChecks.MostBytes(Small);
        Assert.Equal(
            $"a shard of {most + 1} bytes is announced, made of a file of 100; no more than {most} are taken",
            FaultOf(shard => shard.Size = (ulong)most + 1));
    }

    /// <summary>Two numbers more in a row, and compressed less well; of a small file 64 MiB at least.</summary>
    [Fact]
    public void Most_FollowsFromTheFile()
    {
        Assert.Equal((64L << 20) + (64 * 40), ShardChecks.MostBytes(Small));
        Assert.Equal((16L << 30) + (64 * 1000), ShardChecks.MostBytes(Large));
    }

    private static string? FaultOf(Action<ShardDescription> change)
    {
        var shard = new ShardDescription { Sha256 = new string('f', 64), Size = 1 };
        change(shard);
        return ShardChecks.FaultOf(shard, Small);
    }
}
