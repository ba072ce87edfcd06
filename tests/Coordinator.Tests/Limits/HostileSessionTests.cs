using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace FineWebTorch.Coordinator.Tests.Limits;

/// <summary>Workers that are in session and take more than is theirs; an honest one does its work beside them.</summary>
public sealed class HostileSessionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(17 << 20, "a message of 17.8 MB is announced; no more than 16.8 MB are taken", true)]
    [InlineData(100 << 10, "a message of 102 kB is announced; no more than 65.5 kB are taken before a session has begun", false)]
    public async Task Message_TooLarge_IsRefusedBeforeItIsRead(int size, string reason, bool inSession)
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var channel = GrpcChannel.ForAddress(host.Address);
        using var hostile = new FakeWorker(channel, "hostile");
        if (inSession)
            await hostile.JoinAsync();

        var text = new string('x', size);
        await hostile.SayAsync(new WorkerMessage { LeaseEnded = new LeaseEnded { Reason = text } });

        var refusal = await hostile.FailureAsync();
        Assert.Equal((StatusCode.ResourceExhausted, reason), (refusal.StatusCode, refusal.Status.Detail));
        // The same message will never be taken.
        Assert.Equal("-1", refusal.Trailers.GetValue("grpc-retry-pushback-ms"));
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task Message_ThatNeverEnds_IsGivenUp()
    {
        // Whose connections are not what is cut.
        var limits = new PeerLimits { FirstRequestTime = TimeSpan.FromHours(9), GuestTime = TimeSpan.FromHours(9) };
        await using var host = await RunHost.StartAsync(_folder, limits, 12);
        using var silent = await RawPeer.BegunAsync(host.Address);
        using var slow = await RawPeer.BegunAsync(host.Address);
        await silent.CallAsync(1, RawPeer.Session);
        await slow.CallAsync(1, RawPeer.Session);
        await slow.SendMessageAsync(1, announced: 60_000, sent: new byte[1000]);

        var ends = Task.WhenAll(
            silent.UntilAsync(RawPeer.Headers, stream: 1), slow.UntilAsync(RawPeer.Headers, stream: 1));
        await AdvanceUntilAsync(host, ends);

        Assert.All(await ends, Assert.NotNull);
        Assert.True(host.Time.Now >= limits.FirstMessageTime);
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task MessagesThatNeverEnd_OnManyStreams_GetNoMoreRoomThanAGuestHas()
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var peer = await RawPeer.BegunAsync(host.Address);

        for (var stream = 1; stream < 20; stream += 2)
        {
            await peer.CallAsync(stream, RawPeer.Session);
            await peer.SendMessageAsync(stream, announced: 64 << 10, sent: new byte[1000]);
        }

        // Four of them find room, and wait for what they announced; the others are answered.
        for (var i = 0; i < 6; i++)
            Assert.NotNull(await peer.UntilAsync(RawPeer.Headers));
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task Stream_ThatIsNeverRead_EndsWithItsSession()
    {
        var limits = new PeerLimits { UnreadMessages = 1000 };
        await using var host = await RunHost.StartAsync(_folder, limits, 12);
        using var peer = await RawPeer.BegunAsync(host.Address, window: 0);
        await peer.CallAsync(1, RawPeer.Session);
        var hello = new WorkerMessage { Hello = FakeWorker.HelloOf("hostile") };
        await peer.SendMessageAsync(1, hello.CalculateSize(), hello.ToByteArray());
        await HonestRun.UntilAsync(() => host.Loop.Sessions == 1);

        // Each is answered twice.
        var report = new WorkerMessage { Scores = new ScoreReport { Fence = 7, RunDigest = "of another run" } };
        for (var i = 0; i < 1200; i++)
            await peer.SendMessageAsync(1, report.CalculateSize(), report.ToByteArray());

        Assert.NotNull(await peer.UntilAsync(RawPeer.Reset, stream: 1));
        await HonestRun.UntilAsync(() => host.Loop.Sessions == 0);
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task Answer_ThatIsNotTaken_IsGivenUp()
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var owner = host.Worker("owner");
        await owner.JoinAsync();
        using var peer = await RawPeer.BegunAsync(host.Address, window: 0);
        await peer.CallAsync(1, "/fineweb.v1.Coordination/ReadFile", owner.Welcome.Session);
        // More than the web server keeps for a peer by itself.
        await File.WriteAllBytesAsync(_folder["model", "config.json"], new byte[1 << 20]);
        var request = new ReadFileRequest { ModelFile = "config.json" };
        await peer.SendMessageAsync(1, request.CalculateSize(), request.ToByteArray());
        await peer.SendFrameAsync(RawPeer.Data, RawPeer.EndStream, 1, Array.Empty<byte>());
        // The headers of the answer need no window.
        Assert.NotNull(await peer.UntilAsync(RawPeer.Headers, stream: 1));

        var end = peer.UntilAsync(RawPeer.Reset, stream: 1);
        await AdvanceUntilAsync(host, end);

        Assert.NotNull(await end);
        Assert.True(host.Time.Now >= host.Guard.Limits.TakeTime);
        owner.Dispose();
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task ReadScores_AThousandAtOnce_AreTakenAFewAtATime()
    {
        var limits = new PeerLimits { CallsInARush = 2000, CallsPerSecond = 10 };
        await using var host = await RunHost.StartAsync(_folder, limits, 12, 9);
        using var hostile = host.Worker("hostile");
        await hostile.JoinAsync();
        var fences = new ReadScoresRequest { Fence = 7 };

        var ends = Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            using var call = hostile.Client.ReadScores(fences, hostile.Session);
            return await StatusAsync(() => call.ResponseStream.MoveNext(CancellationToken.None));
        }));

        await HonestRun.ToItsEndAsync(host);
        Assert.All(await ends.WaitAsync(Patience), end => Assert.True(
            end is StatusCode.FailedPrecondition or StatusCode.ResourceExhausted or StatusCode.Unavailable, $"{end}"));
    }

    [Fact]
    public async Task Calls_MoreAtOnceThanASessionMayHave_AreToldToComeAgain()
    {
        var limits = new PeerLimits { CallsAtOnce = 3, CallsInARush = 1_000_000 };
        await using var host = await RunHost.StartAsync(_folder, limits, 0, 12);
        using var hostile = host.Worker("hostile");
        await hostile.JoinAsync();
        // What is to be delivered is never said.
        AsyncClientStreamingCall<ShardPart, ShardReceipt> Hold() => hostile.Client.DeliverShard(hostile.Session);
        AsyncClientStreamingCall<ShardPart, ShardReceipt>[] held = [Hold(), Hold(), Hold()];

        RpcException? refusal = null;
        RpcException? Refusal() => refusal = Record.Exception(
            () => hostile.Client.PlanUpload(new PlanUploadRequest(), hostile.Session)) as RpcException;

        await HonestRun.UntilAsync(() =>
        {
            // One may have come while the asking itself was the third call, and been refused.
            foreach (ref var call in held.AsSpan())
            {
                if (call.ResponseAsync.IsCompleted)
                    call = Hold();
            }

            return Refusal()?.StatusCode == StatusCode.ResourceExhausted;
        });

        Assert.Equal("this worker has 3 calls under way, and no more are taken at once", refusal!.Status.Detail);
        Assert.Equal("1000", refusal.Trailers.GetValue("grpc-retry-pushback-ms"));
        // Another session is not concerned.
        using var other = host.Worker("other");
        await other.JoinAsync();
        Assert.Equal(StatusCode.FailedPrecondition, await StatusAsync(
            async () => await other.Client.PlanUploadAsync(new PlanUploadRequest(), other.Session)));
        Array.ForEach(held, call => call.Dispose());
        await HonestRun.UntilAsync(() => Refusal()?.StatusCode == StatusCode.FailedPrecondition);
    }

    [Fact]
    public async Task Calls_MoreASecondThanASessionMayHave_AreToldToComeAgain()
    {
        var limits = new PeerLimits { CallsInARush = 5, CallsPerSecond = 1 };
        await using var host = await RunHost.StartAsync(_folder, limits, 12);
        using var hostile = host.Worker("hostile");
        await hostile.JoinAsync();

        RpcException? refusal = null;
        for (var i = 0; i < 200 && refusal?.StatusCode != StatusCode.ResourceExhausted; i++)
            refusal = await Assert.ThrowsAsync<RpcException>(
                async () => await hostile.Client.PlanUploadAsync(new PlanUploadRequest(), hostile.Session));

        Assert.Equal("this worker calls more often than 1 time a second", refusal!.Status.Detail);
        hostile.Dispose();
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task Messages_FloodOfOneSession_IsReadAtItsPaceAndNothingIsLost()
    {
        var limits = new PeerLimits { MessagesInARush = 500, MessagesPerSecond = 500 };
        await using var host = await RunHost.StartAsync(_folder, limits, 12, 9);
        using var hostile = host.Worker("hostile");
        await hostile.JoinAsync();
        const int most = 1000;
        var flood = Task.Run(async () =>
        {
            for (var i = 1UL; i <= most; i++)
                await hostile.SayAsync(new WorkerMessage { Scores = new ScoreReport { Fence = 7, Sequence = i } });
        });

        await HonestRun.ToItsEndAsync(host);

        await flood.WaitAsync(Patience);
        while ((await hostile.NextAsync()).ScoresStored?.Sequence != most)
        {
        }
    }

    [Fact]
    public async Task Sessions_MoreThanThereMayBe_AreToldToComeAgain()
    {
        var limits = new PeerLimits { Sessions = 2 };
        await using var host = await RunHost.StartAsync(_folder, limits, 12);
        using var first = host.Worker("a");
        var second = host.Worker("b");
        await first.JoinAsync();
        await second.JoinAsync();

        using var third = host.Worker("c");
        var refusal = await third.FailureAsync();

        Assert.Equal(
            (StatusCode.ResourceExhausted, "2 sessions are open, and no more are taken"),
            (refusal.StatusCode, refusal.Status.Detail));
        second.Dispose();
        await HonestRun.UntilAsync(() => host.Loop.Sessions == 1);
    }

    private static Task AdvanceUntilAsync(RunHost host, Task end) => HonestRun.UntilAsync(() =>
    {
        host.Time.Advance(TimeSpan.FromSeconds(1));
        return end.IsCompleted;
    });

    private static async Task<StatusCode> StatusAsync(Func<Task> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException ended)
        {
            return ended.StatusCode;
        }
    }
}
