using System.Text;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Tests.Sessions;

/// <summary>Calls beside the Work stream are answered to the worker that holds the lease, in its present session.</summary>
public sealed class SessionSecretTests : IDisposable
{
    private static readonly byte[] Shard = Encoding.UTF8.GetBytes("a shard");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("scores")]
    [InlineData("shard")]
    [InlineData("file")]
    [InlineData("model")]
    [InlineData("address")]
    public async Task Call_OfNoSession_IsRefused(string call)
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var holder = host.Worker("a");
        await holder.JoinAsync();
        var build = (await holder.RequestAsync()).BuildLease;
        using var stranger = host.Worker("b");

        Assert.Equal(StatusCode.Unauthenticated, await StatusAsync(stranger, call, build));

        // After a goodbye the secret of a session opens nothing any more.
        await stranger.JoinAsync();
        await stranger.LeaveAsync();
        await stranger.EndAsync();
        Assert.Equal(StatusCode.Unauthenticated, await StatusAsync(stranger, call, build));
    }

    [Theory]
    [InlineData("scores", StatusCode.FailedPrecondition)]
    [InlineData("shard", StatusCode.FailedPrecondition)]
    [InlineData("file", StatusCode.PermissionDenied)]
    [InlineData("address", StatusCode.PermissionDenied)]
    public async Task Call_OfAnotherWorkerThatKnowsTheFence_IsRefused(string call, StatusCode expected)
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var holder = host.Worker("a");
        await holder.JoinAsync();
        var build = (await holder.RequestAsync()).BuildLease;
        using var other = host.Worker("b");
        await other.JoinAsync();

        Assert.Equal(expected, await StatusAsync(other, call, build));
        Assert.False(File.Exists(host.Places.ShardPath(build.ShardName)));
    }

    /// <summary>It knows the id and the fencing token, as from a log, and not what the id follows from.</summary>
    [Fact]
    public async Task Hello_UnderTheIdOfAnother_IsTurnedAwayAndTheOtherKeepsItsLease()
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var holder = host.Worker("a");
        await holder.JoinAsync();
        var build = (await holder.RequestAsync()).BuildLease;
        using var thief = host.Worker("b");

        var answer = await thief.SayHelloAsync(hello =>
        {
            hello.WorkerId = FakeWorker.IdOf("a");
            hello.HeldLeases.Add(build.Fence);
        });

        Assert.True(answer.Rejection.Permanent);
        Assert.Contains("it is another worker's", answer.Rejection.Reason, StringComparison.Ordinal);
        Assert.Equal(StatusCode.OK, await thief.EndAsync());
        Assert.Empty(await holder.ReadScoresAsync(build.Fence));
        await holder.DeliverAsync(holder.Describe(build, Shard, []), Shard);
    }

    [Fact]
    public async Task Lease_KeptOverAReconnection_IsBoundToTheNewSessionAlone()
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var first = host.Worker("a");
        await first.JoinAsync();
        var build = (await first.RequestAsync()).BuildLease;
        using var second = host.Worker("a");

        var welcome = await second.JoinAsync(build.Fence);

        Assert.Equal([build.Fence], welcome.KeptLeases);
        Assert.NotEqual(first.Welcome.Session, welcome.Session);
        Assert.Equal(StatusCode.Unauthenticated, await StatusAsync(first, "scores", build));
        Assert.Empty(await second.ReadScoresAsync(build.Fence));
        await second.DeliverAsync(second.Describe(build, Shard, []), Shard);
        Assert.True(File.Exists(host.Places.ShardPath(build.ShardName)));
    }

    [Fact]
    public async Task Shard_MadeForAnotherRun_IsRefused()
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var build = (await worker.RequestAsync()).BuildLease;
        var description = worker.Describe(build, Shard, []);
        description.RunDigest = new string('0', 64);
        description.InPlace = true;

        var refusal = await Assert.ThrowsAsync<RpcException>(() => worker.DeliverAsync(description, Shard));

        Assert.Contains("another run", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_Fences_FitTheLedgerAndFollowFromNothing()
    {
        var fences = Enumerable.Range(0, 1000).Select(_ => SecretSource.Random.Fence()).ToList();

        Assert.All(fences, fence => Assert.InRange(fence, 1UL, (ulong)long.MaxValue));
        Assert.Equal(1000, fences.Distinct().Count());
        Assert.InRange(fences.Count(fence => fence > long.MaxValue / 2), 400, 600);
        Assert.NotEqual(SecretSource.Random.Session(), SecretSource.Random.Session());
    }

    private static async Task<StatusCode> StatusAsync(FakeWorker worker, string call, BuildLease build)
    {
        var answer = await Assert.ThrowsAsync<RpcException>(() => call switch
        {
            "scores" => worker.ReadScoresAsync(build.Fence),
            "shard" => DeliverInPlaceAsync(worker, build),
            "file" => worker.ReadFileAsync(new ReadFileRequest { InputIndex = build.File.Index }),
            "model" => worker.ReadFileAsync(new ReadFileRequest { ModelFile = "config.json" }),
            _ => worker.LocateAsync(build.File),
        });
        return answer.StatusCode;
    }

    private static Task DeliverInPlaceAsync(FakeWorker worker, BuildLease build)
    {
        File.WriteAllBytes(build.StagingPath, Shard);
        var description = worker.Describe(build, Shard, []);
        description.InPlace = true;
        return worker.DeliverAsync(description, Shard);
    }
}
