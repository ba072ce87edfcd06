using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Coordinator.Tests.Limits;

/// <summary>Connections of peers that are no workers, by real sockets; an honest worker does its work beside them.</summary>
public sealed class HostileConnectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What is sent where a handshake should be.</summary>
    public static TheoryData<string> Halves => ["nothing", "half a preface", "half a ClientHello", "a preface"];

    [Theory]
    [MemberData(nameof(Halves))]
    public async Task HalfOpen_AThousand_AreCutAndHarmNobody(string what)
    {
        await using var host = await RunHost.StartAsync(_folder, 12, 9);
        var peers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            var peer = await RawPeer.ConnectAsync(host.Address);
            await peer.SendAsync(Half(what));
            return peer;
        }));
        // What is no HTTP/2 is sent away at once.
        var stays = what != "half a ClientHello";
        await HonestRun.UntilAsync(() => !stays || host.Guard.Connections.Open.All >= 1000);

        await HonestRun.ToItsEndAsync(host);
        host.Time.Advance(host.Guard.Limits.FirstRequestTime);

        foreach (var peer in peers)
            await peer.UntilClosedAsync();
        await HonestRun.UntilAsync(() => host.Guard.Connections.Open == (1, 0));
        if (!stays)
            return;
        var told = Assert.Single(Warnings(host));
        Assert.Equal("127.0.0.1: connections were cut: nothing was asked within 15 s", told);
        host.Time.Advance(host.Guard.Limits.TellInterval);
        Assert.Equal($"{told}; 999 more times in the last 60 s", Warnings(host)[1]);
        foreach (var peer in peers)
            peer.Dispose();
    }

    [Fact]
    public async Task HalfOpen_MoreThanAnAddressMayHave_TheOldestGoes()
    {
        var limits = new PeerLimits { GuestsPerAddress = 10 };
        await using var host = await RunHost.StartAsync(_folder, limits, 12);
        var peers = new List<RawPeer>();
        for (var i = 0; i < 30; i++)
        {
            peers.Add(await RawPeer.ConnectAsync(host.Address));
            // Only so is it certain that the server has taken them in this order.
            if (i < limits.GuestsPerAddress)
                await HonestRun.UntilAsync(() => host.Guard.Connections.Open.Guests == peers.Count);
            else
                await peers[i - limits.GuestsPerAddress].UntilClosedAsync();
        }

        // Behind the same address, and newer.
        await HonestRun.ToItsEndAsync(host);

        Assert.InRange(host.Guard.Connections.Open.Guests, 9, 10);
        Assert.Contains(
            "127.0.0.1: connections without a session were cut for newer ones: 10 of one address are taken", Warnings(host));
        peers.ForEach(peer => peer.Dispose());
    }

    [Theory]
    [InlineData("preface")]
    [InlineData("headers")]
    public async Task SlowLoris_AByteASecond_IsCutWhenItsTimeIsOver(string what)
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var peer = what == "preface"
            ? await RawPeer.ConnectAsync(host.Address)
            : await RawPeer.BegunAsync(host.Address);
        var bytes = what == "preface"
            ? RawPeer.Preface
            : RawPeer.Frame(RawPeer.Headers, RawPeer.EndHeaders, 1, RawPeer.HeadersOf(RawPeer.Session));
        await HonestRun.UntilAsync(() => host.Guard.Connections.Open.All == 1);

        for (var second = 0; second < host.Guard.Limits.FirstRequestTime.TotalSeconds; second++)
        {
            Assert.Equal(1, host.Guard.Connections.Open.Guests);
            await peer.SendAsync(bytes.Slice(second, 1));
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await peer.UntilClosedAsync();
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task HeadersThatGoOn_AreCut()
    {
        var limits = new PeerLimits { HeaderTime = TimeSpan.FromSeconds(1) };
        await using var host = await RunHost.StartAsync(_folder, limits, 12);
        using var slow = await RawPeer.BegunAsync(host.Address);
        using var large = await RawPeer.BegunAsync(host.Address);

        // The web server's own clock: this one begins, and never ends.
        await slow.SendFrameAsync(RawPeer.Headers, 0, 1, RawPeer.HeadersOf(RawPeer.Session));
        // CVE-2024-27316: headers that are continued for ever.
        await large.SendFrameAsync(RawPeer.Headers, 0, 1, RawPeer.HeadersOf(RawPeer.Session));
        var more = RawPeer.Frame(RawPeer.Continuation, 0, 1, RawPeer.HeadersOf(new string('p', 100)));
        var sent = 0L;
        var flood = FloodAsync(large, more, count => sent = count);

        await large.UntilClosedAsync();
        await flood;
        Assert.InRange(sent, 0, 64 << 20);
        await slow.UntilClosedAsync();
        await HonestRun.ToItsEndAsync(host);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Streams_TenThousandOnOneConnection_EndIt(bool inSession)
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var peer = await RawPeer.BegunAsync(host.Address);
        if (inSession)
            await JoinAsync(host, peer);
        var answers = peer.UntilClosedAsync();

        await IgnoreEndAsync(async () =>
        {
            for (var i = 1; i <= 10_000; i++)
                await peer.CallAsync((2 * i) + 1, RawPeer.Session);
        });

        // Kestrel refuses the streams above its limit, and then the connection.
        var counts = await answers;
        Assert.InRange(counts.GetValueOrDefault(RawPeer.Headers), 0, host.Guard.Limits.StreamsPerConnection);
        TestContext.Current.SendDiagnosticMessage(string.Join(", ", counts));
        await HonestRun.ToItsEndAsync(host);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RapidReset_EndsTheConnection(bool inSession)
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var peer = await RawPeer.BegunAsync(host.Address);
        if (inSession)
            await JoinAsync(host, peer);
        var answers = peer.UntilClosedAsync();
        var cancel = new byte[] { 0, 0, 0, 8 };

        // CVE-2023-44487: each stream is taken back as soon as it is open, so that there are never many.
        await IgnoreEndAsync(async () =>
        {
            for (var i = 1; i <= 20_000; i++)
            {
                await peer.CallAsync((2 * i) + 1, RawPeer.Session);
                await peer.SendFrameAsync(RawPeer.Reset, 0, (2 * i) + 1, cancel);
            }
        });

        TestContext.Current.SendDiagnosticMessage(string.Join(", ", await answers));
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task Idle_WithoutACall_IsCut()
    {
        var limits = new PeerLimits { IdleTime = TimeSpan.FromSeconds(1) };
        await using var host = await RunHost.StartAsync(_folder, limits, 12);
        using var peer = await RawPeer.BegunAsync(host.Address);
        await peer.CallAsync(1, "/fineweb.v1.Coordination/ReadFile");
        await peer.SendFrameAsync(RawPeer.Data, RawPeer.EndStream, 1, new byte[5]);

        // Refused, for it has no session; and nothing more is asked.
        await peer.UntilClosedAsync();
        await HonestRun.ToItsEndAsync(host);
    }

    [Fact]
    public async Task Guest_ThatGoesOnWithoutASession_IsCut()
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var slow = await RawPeer.BegunAsync(host.Address);
        await slow.CallAsync(1, RawPeer.Session);
        await HonestRun.UntilAsync(() => host.Guard.Connections.Open.Guests == 1);
        using var busy = await RawPeer.BegunAsync(host.Address);
        var answers = busy.UntilClosedAsync();

        await IgnoreEndAsync(async () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                await busy.CallAsync((2 * i) + 1, "/fineweb.v1.Coordination/ReadFile");
                await busy.SendFrameAsync(RawPeer.Data, RawPeer.EndStream, (2 * i) + 1, new byte[5]);
                if (i % 32 == 31)
                    await Task.Yield();
            }
        });

        await answers;
        host.Time.Advance(host.Guard.Limits.GuestTime);
        await slow.UntilClosedAsync();
        await HonestRun.ToItsEndAsync(host);
    }

    /// <summary>Has a session on its connection, by which it is no guest any more.</summary>
    private static async Task JoinAsync(RunHost host, RawPeer peer)
    {
        await peer.CallAsync(1, RawPeer.Session);
        var hello = new WorkerMessage { Hello = FakeWorker.HelloOf("hostile") };
        await peer.SendMessageAsync(1, hello.CalculateSize(), hello.ToByteArray());
        await HonestRun.UntilAsync(() => host.Guard.Connections.Open == (1, 0));
    }

    private static ReadOnlyMemory<byte> Half(string what) => what switch
    {
        "half a preface" => RawPeer.Preface[..12],
        // The first bytes of a record of 512 bytes, in which a client says that it wants TLS.
        "half a ClientHello" => new byte[] { 22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3 },
        "a preface" => RawPeer.Preface,
        _ => default,
    };

    private static List<string> Warnings(RunHost host) =>
        [.. host.Events.OfType<RunEvent.Warning>().Select(warning => warning.Text)];

    private static Task FloodAsync(RawPeer peer, byte[] frame, Action<long> sent) => IgnoreEndAsync(async () =>
    {
        for (var bytes = 0L; bytes < 256 << 20; bytes += frame.Length)
        {
            await peer.SendAsync(frame);
            sent(bytes);
        }
    });

    /// <summary>The other side may close the connection in the middle.</summary>
    private static async Task IgnoreEndAsync(Func<Task> talk)
    {
        try
        {
            await talk();
        }
        catch (System.Net.Sockets.SocketException)
        {
            // What matters is what it has read before.
        }
    }
}
