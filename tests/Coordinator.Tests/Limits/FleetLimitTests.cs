using System.Security.Cryptography;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Net.Client;

namespace FineWebTorch.Coordinator.Tests.Limits;

/// <summary>What limits must not do: honest workers meet none of them.</summary>
public sealed class FleetLimitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fleet_OfTwoThousandBehindOneAddress_AllComeBackAtOnce()
    {
        const int count = 2000;
        await using var host = await RunHost.StartAsync(_folder, 12);
        var channels = Enumerable.Range(0, count).Select(_ => GrpcChannel.ForAddress(host.Address)).ToList();
        var workers = channels.Select((channel, index) => new FakeWorker(channel, $"worker-{index}")).ToList();

        await Task.WhenAll(workers.Select(worker => worker.JoinAsync())).WaitAsync(Patience);

        Assert.Equal((count, 0), host.Guard.Connections.Open);
        Assert.Equal(count, host.Loop.Sessions);
        Assert.Empty(host.Events.OfType<RunEvent.Warning>());
        // All that belongs to guests is over for them.
        host.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal((count, 0), host.Guard.Connections.Open);
        workers.ForEach(worker => worker.Dispose());
        channels.ForEach(channel => channel.Dispose());
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task Shard_Of500MbOverALinkOf1MbASecond_Arrives()
    {
        const int parts = 500;
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var worker = host.Worker("slow");
        await worker.JoinAsync();
        var build = (await worker.RequestAsync()).BuildLease;
        // A thousandth of the bytes, for as long a time.
        var shard = RandomNumberGenerator.GetBytes(parts << 10);
        using var call = worker.Client.DeliverShard(worker.Session);
        await call.RequestStream.WriteAsync(new ShardPart { Description = worker.Describe(build, shard, []) });

        for (var part = 0; part < parts; part++)
        {
            await call.RequestStream.WriteAsync(
                new ShardPart { Data = ByteString.CopyFrom(shard, part << 10, 1 << 10) });
            await worker.SayAsync(new WorkerMessage
            {
                Heartbeat = new Heartbeat
                {
                    Leases =
                    {
                        new LeaseProgress
                        {
                            Fence = build.Fence,
                            Steps = (ulong)part + 1,
                            Stage = LeaseProgress.Types.Stage.Uploading,
                        },
                    },
                },
            });
            var said = host.Time.Now;
            await HonestRun.UntilAsync(() => host.Core.State.Workers[FakeWorker.IdOf("slow")].LastHeard >= said);
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await call.RequestStream.CompleteAsync();
        await call.ResponseAsync.WaitAsync(Patience);
        Assert.Equal(shard, await File.ReadAllBytesAsync(host.Places.ShardPath(build.ShardName)));
        Assert.Empty(host.Events.OfType<RunEvent.Warning>());
    }
}
