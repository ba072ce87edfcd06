using System.Text;
using FineWebTorch.Coordinator.Scheduling;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Tests.Sessions;

/// <summary>A shard that has arrived, and for whose manifest there is no place.</summary>
public sealed class UnplacedShardTests
{
    private static readonly byte[] Shard = Encoding.UTF8.GetBytes("these are the bytes of a shard");

    [Fact]
    public async Task Shard_ThatTheLedgerForgets_LeavesNothingInTheOutput()
    {
        using var folder = new TemporaryFolder();
        await using var host = await RunHost.StartAsync(folder, 0);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var build = (await worker.RequestAsync()).BuildLease;
        var manifests = Path.Combine(host.Places.Output, "manifests");
        await File.WriteAllTextAsync(manifests, "a file where a folder is to be");

        var failure = await Assert.ThrowsAsync<RpcException>(
            () => worker.DeliverAsync(worker.Describe(build, Shard, []), Shard));

        Assert.Equal(StatusCode.Internal, failure.StatusCode);
        Assert.Empty(host.Ledger.Load()!.Shards);
        Assert.Equal(FileStage.Scored, host.Core.Files[0].Stage);
        Assert.False(File.Exists(host.Places.ShardPath(build.ShardName)));
    }
}
