using System.Security.Cryptography;
using System.Text;
using FineWebTorch.HubEmulator;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using Grpc.Core;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>Shards that go to the Hub's storage, by way of its emulator and a scripted coordinator.</summary>
public sealed class ShardUploadTests
{
    private static readonly byte[] Shard = Encoding.UTF8.GetBytes(ShardBuildTests.Shard);
    private static readonly string Digest = Convert.ToHexStringLower(SHA256.HashData(Shard));

    [Theory]
    [InlineData(1000, 1, 0)]
    [InlineData(10, 0, 3)]
    public async Task Shard_ForTheHub_IsUploadedAndRemovedHere(long threshold, int pieces, int parts)
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench, threshold);
        var ended = await BuildAsync(bench);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        Assert.Equal(Shard, hub.Stored(Digest));
        Assert.Equal((pieces, parts), (Puts(hub), hub.Server.Log.Count(RequestKind.PartPut)));
        var (description, bytes) = Assert.Single(bench.Coordinator.Shards);
        Assert.Empty(bytes);
        Assert.Equal((true, false), (description.Uploaded, description.InPlace));
        Assert.Equal((Digest, (ulong)Shard.Length, 3UL), (description.Sha256, description.Size, description.RowsKept));
        var plan = Assert.Single(bench.Coordinator.Plans);
        Assert.Equal((7UL, (ulong)Shard.Length, Digest), (plan.Fence, plan.Size, plan.Sha256));
        Assert.Empty(Directory.GetFiles(bench.In("cache/shards")));
        // Although the disk is shared: the shard has no business there.
        Assert.False(Directory.Exists(bench.In("staging")));
    }

    [Fact]
    public async Task Shard_StoredAlready_IsNotSent()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        hub.Put("earlier.parquet", Shard);
        var ended = await BuildAsync(bench);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        Assert.True(Assert.Single(bench.Coordinator.Shards).Description.Uploaded);
        Assert.Equal(0, Puts(hub));
    }

    [Fact]
    public async Task Address_OfOnePartExpired_IsRenewedAndOnlyTheRestSent()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench, threshold: 10);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.PartPut, PathContains = "/00003", Status = 403 });
        var ended = await BuildAsync(bench);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        Assert.Equal(Shard, hub.Stored(Digest));
        Assert.Equal(2, bench.Coordinator.Plans.Count);
        Assert.InRange(hub.Server.Log.Count(RequestKind.PartPut), 4, 6);
    }

    [Fact]
    public async Task Storage_AwayLongerThanOneRequestWaits_IsSatOut()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.MostSeconds = 3600;
        await using var hub = await HubOf(bench);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectPut, Times = 8, Status = 503 });
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectPut, Reset = true });
        var ended = await BuildAsync(bench);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        Assert.Equal(Shard, hub.Stored(Digest));
    }

    [Fact]
    public async Task Plan_WhileTheCoordinatorIsAway_IsAskedForAgain()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        bench.Coordinator.Planning = request => bench.Coordinator.Plans.Count <= 3
            ? throw new RpcException(new Status(StatusCode.Unavailable, "restarting"))
            : hub.PlanAsync(request);
        var ended = await BuildAsync(bench);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        Assert.Equal(4, bench.Coordinator.Plans.Count);
    }

    [Fact]
    public async Task Upload_RefusedByStorage_EndsTheLeaseAndLeavesNothing()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectPut, Status = 400 });
        var ended = await BuildAsync(bench);

        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("answered HTTP 400", ended.Reason, StringComparison.Ordinal);
        Assert.Empty(bench.Coordinator.Shards);
        Assert.Empty(Directory.GetFiles(bench.In("cache/shards")));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public async Task Input_DownloadedForTheShard_GoesWhenTheShardIsBuilt(bool succeeds, int left)
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        if (!succeeds)
            hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectPut, Status = 400 });
        var ended = await BuildAsync(bench, lease =>
        {
            hub.Put("in.parquet", bench.Coordinator.Inputs[0]);
            File.Delete(lease.File.Path);
            lease.File.Path = "hf://datasets/alice/texts/in.parquet";
        });

        Assert.Equal(succeeds, ended.Outcome == Outcome.Completed);
        Assert.Single(bench.Coordinator.Locations);
        Assert.Equal(left, Directory.GetFiles(bench.InputCache).Length);
    }

    private static async Task<EmulatedHub> HubOf(SessionBench bench, long threshold = 1000)
    {
        var hub = await EmulatedHub.StartAsync(bench.Folder, threshold);
        bench.Coordinator.Planning = hub.PlanAsync;
        bench.Coordinator.Locating = _ => hub.LocateAsync("in.parquet");
        return hub;
    }

    private static int Puts(EmulatedHub hub) => hub.Server.Log.Count(RequestKind.ObjectPut);

    private static async Task<LeaseEnded> BuildAsync(SessionBench bench, Action<BuildLease>? change = null)
    {
        var session = await Welcomed(bench);
        var message = ShardBuildTests.Lease(bench, ShardBuildTests.Scores, ShardBuildTests.Scores.Length);
        message.BuildLease.Upload = true;
        change?.Invoke(message.BuildLease);
        await session.SendAsync(message);
        return (await Until(bench, session, answer => answer.LeaseEnded is not null))[^1].LeaseEnded;
    }
}
