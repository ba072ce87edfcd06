using System.Text;
using FineWebTorch.Coordinator.Tests.Limits;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Tests.Sessions;

/// <summary>A shard that two workers make: the one that is first lies in its place, and nothing of the other's is left.
/// </summary>
public sealed class SecondBuilderTests : IDisposable
{
    private static readonly byte[] Shard = Encoding.UTF8.GetBytes("these are the bytes of a shard");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Shard_OfWhoWasNotFirst_IsRefusedAndRemoved()
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var slow = host.Worker("slow");
        using var other = host.Worker("other");
        await slow.JoinAsync();
        await other.JoinAsync();
        var first = (await slow.RequestAsync()).BuildLease;
        await other.SayAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
        for (var beat = 1; beat <= 2; beat++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(10));
            foreach (var worker in (FakeWorker[])[slow, other])
            {
                await worker.SayAsync(new WorkerMessage { Heartbeat = new Heartbeat() });
                await HonestRun.UntilAsync(() =>
                    host.Core.State.Workers[FakeWorker.IdOf(worker.Name)].LastHeard >= TimeSpan.FromSeconds(10 * beat));
            }
        }

        var second = (await other.NextAsync()).BuildLease;
        Assert.Equal(first.ShardName, second.ShardName);
        await File.WriteAllBytesAsync(first.StagingPath, Shard);
        await File.WriteAllBytesAsync(second.StagingPath, Shard);
        await other.DeliverAsync(InPlace(other, second), Shard);

        Assert.False(File.Exists(first.StagingPath));
        Assert.Equal(first.Fence, (await slow.NextAsync()).LeaseRevoked.Fence);
        Assert.Equal(Shard, await File.ReadAllBytesAsync(host.Places.ShardPath(second.ShardName)));
        // It had not heard of it yet.
        await File.WriteAllBytesAsync(first.StagingPath, Shard);
        var refused = await Assert.ThrowsAsync<RpcException>(() => slow.DeliverAsync(InPlace(slow, first), Shard));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("another worker was first", refused.Status.Detail, StringComparison.Ordinal);
        Assert.False(File.Exists(first.StagingPath));
        Assert.Equal(Shard, await File.ReadAllBytesAsync(host.Places.ShardPath(second.ShardName)));
    }

    private static ShardDescription InPlace(FakeWorker worker, BuildLease lease)
    {
        var description = worker.Describe(lease, Shard, []);
        description.InPlace = true;
        return description;
    }
}
