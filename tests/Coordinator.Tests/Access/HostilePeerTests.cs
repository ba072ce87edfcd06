using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Limits;
using FineWebTorch.Coordinator.Tests.Sessions;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Access;

/// <summary>
/// Peers of a coordinator on a public address, over TLS and real sockets, and what each gets. Those that show a token or a
/// credential that does not count are in <c>Sessions.JoinTests</c>, stolen ids and sessions in
/// <c>Sessions.SessionSecretTests</c>, what is bounded without TLS in <c>Limits</c>.
/// </summary>
public sealed class HostilePeerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("half a ClientHello")]
    [InlineData("a ClientHello")]
    public async Task Handshake_HalfOpenAThousandTimes_KeepsNobodyFromWork(string what)
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12, 9);
        var hello = await TlsPeer.HelloAsync();
        var peers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            var peer = await RawPeer.ConnectAsync(host.Address);
            await peer.SendAsync(what == "a ClientHello" ? hello : hello.AsMemory(0, hello.Length / 2));
            return peer;
        }));
        await HonestRun.UntilAsync(() => host.Guard.Connections.Open.All >= 1000);

        await HonestRun.ToItsEndAsync(host, await host.RedeemAsync(access.First!.Secret));
        Assert.Equal((1001, 1000), host.Guard.Connections.Open);
        host.Time.Advance(host.Guard.Limits.FirstRequestTime);

        foreach (var peer in peers)
            await peer.UntilClosedAsync();
        await HonestRun.UntilAsync(() => host.Guard.Connections.Open == (1, 0));
        Assert.Equal("127.0.0.1: connections were cut: nothing was asked within 15 s", Assert.Single(Warnings(host)));
        foreach (var peer in peers)
            peer.Dispose();
    }

    [Theory]
    [InlineData("of the handshake")]
    [InlineData("after it")]
    public async Task SlowLoris_AByteASecond_IsCutWhenItsTimeIsOver(string when)
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        await using var peer = when == "after it"
            ? await TlsPeer.ConnectAsync(host.Address, SslProtocols.None, SslApplicationProtocol.Http2)
            : await ConnectAsync(host.Address);
        var bytes = when == "after it" ? RawPeer.Preface : await TlsPeer.HelloAsync();
        await HonestRun.UntilAsync(() => host.Guard.Connections.Open == (1, 1));

        for (var second = 0; second < host.Guard.Limits.FirstRequestTime.TotalSeconds; second++)
        {
            Assert.Equal((1, 1), host.Guard.Connections.Open);
            await peer.WriteAsync(bytes.Slice(second, 1), TestContext.Current.CancellationToken);
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await TlsPeer.ReadAllAsync(peer);
        await HonestRun.ToItsEndAsync(host, await host.RedeemAsync(access.First!.Secret));
    }

    [Fact]
    public async Task WrongTokens_Flood_IsSlowedDownAndToldOnceAMinuteAndARightOneDoesNotWait()
    {
        const int count = 40;
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        using var hostile = GrpcChannel.ForAddress(host.Address, AnyCertificate());
        var client = new Coordination.CoordinationClient(hostile);
        var answers = Enumerable.Range(0, count).Select(_ => Assert.ThrowsAsync<RpcException>(async () => await client.JoinAsync(
            new JoinRequest { Secret = Secret.Draw(JoinToken.SecretPrefix).Reveal() }))).ToList();
        var atOnce = host.Guard.Limits.WrongTokensAtOnce;
        await HonestRun.UntilAsync(() => answers.Count(answer => answer.IsCompleted) >= atOnce);

        await HonestRun.ToItsEndAsync(host, await host.RedeemAsync(access.First!.Secret));

        Assert.Equal(atOnce, answers.Count(answer => answer.IsCompleted));
        // Those of the flood come over one connection, in any order.
        await HonestRun.UntilAsync(() =>
        {
            host.Time.Advance(TimeSpan.FromMilliseconds(100));
            return answers.TrueForAll(answer => answer.IsCompleted);
        });
        Assert.All(
            await Task.WhenAll(answers), answer => Assert.Equal(StatusCode.PermissionDenied, answer.StatusCode));
        host.Time.Advance(host.Guard.Limits.TellInterval);
        Assert.Equal(
            ["127.0.0.1: a wrong token", $"127.0.0.1: a wrong token; {count - 1} more times in the last 60 s"],
            Warnings(host).Where(text => text.Contains("token", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("scores")]
    [InlineData("scores of another run")]
    [InlineData("a count of rows")]
    [InlineData("a failure")]
    [InlineData("an end")]
    [InlineData("progress")]
    public async Task Message_UnderTheFencingTokenOfAnother_ChangesNothing(string what)
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        var credential = await host.RedeemAsync(access.First!.Secret);
        using var holder = host.Worker("a", credential);
        await holder.JoinAsync();
        var lease = (await holder.RequestAsync()).ScoreLease;
        using var thief = host.Worker("b", credential);
        await thief.JoinAsync();
        var report = thief.Report(lease, 0, _ => 4.875f);

        await thief.SayAsync(what switch
        {
            "scores of another run" => OfAnotherRun(report.Clone()),
            "a count of rows" => new WorkerMessage
            {
                FileOpened = new FileOpened { Fence = lease.Fence, Rows = 7, Sha256 = new string('e', 64) },
            },
            "a failure" => Ended(lease, Outcome.Failed),
            "an end" => Ended(lease, Outcome.Completed),
            "progress" => new WorkerMessage
            {
                Heartbeat = new Heartbeat { Leases = { new LeaseProgress { Fence = lease.Fence, Steps = 9 } } },
            },
            _ => report.Clone(),
        });
        // What was said before has been dealt with once this is answered.
        await thief.SayAsync(report);
        while ((await thief.NextAsync()).ScoresStored?.Sequence != report.Scores.Sequence)
        {
        }

        Assert.Equal(0, host.Core.Totals.Rows);
        await HonestRun.ScoreAsync(holder, lease);
        await HonestRun.UntilAsync(() => host.Core.Totals.Rows == 12);
        DemandScores(host, 12);
        Assert.Empty(host.Events.OfType<RunEvent.AttemptFailed>());
    }

    [Theory]
    [InlineData("in the same session")]
    [InlineData("with other scores")]
    [InlineData("in another session")]
    [InlineData("in the next session of the worker")]
    [InlineData("when its lease has ended")]
    public async Task Report_ThatIsReplayed_CountsOnce(string where)
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        var credential = await host.RedeemAsync(access.First!.Secret);
        using var holder = host.Worker("a", credential);
        await holder.JoinAsync();
        var lease = (await holder.RequestAsync()).ScoreLease;
        var report = holder.Report(lease, 0, row => Runs.Score(0, row));
        await holder.SayAsync(report);
        var recorded = report.ToByteArray();
        Assert.Equal(report.Scores.Sequence, (await holder.NextAsync()).ScoresStored.Sequence);
        if (where == "when its lease has ended")
            await HonestRun.ScoreAsync(holder, lease);
        using var other = host.Worker(where == "in the next session of the worker" ? "a" : "b", credential);
        if (where.EndsWith("of the worker", StringComparison.Ordinal))
            Assert.Equal([lease.Fence], (await other.JoinAsync(lease.Fence)).KeptLeases);
        else
            await other.JoinAsync();
        var sender = where.Contains("session of", StringComparison.Ordinal) || where == "in another session" ? other : holder;
        var before = host.Core.Totals.Rows;

        await sender.SayAsync(
            where == "with other scores" ? holder.Report(lease, 0, _ => 4.875f) : WorkerMessage.Parser.ParseFrom(recorded));

        // Whoever holds no such lease is told so after the answer; what is told of a lease that is over may come before.
        while ((await sender.NextAsync()).ScoresStored is null)
        {
        }

        if (where == "in another session")
            Assert.Equal(lease.Fence, (await sender.NextAsync()).LeaseRevoked.Fence);
        Assert.Equal(before, host.Core.Totals.Rows);
        DemandScores(host, before);
    }

    /// <summary>The first ones are those of the file; what somebody has sent after them is not.</summary>
    private static void DemandScores(RunHost host, long rows)
    {
        var stored = host.Ledger.ReadScores(0).SelectMany(window => window.Scores).ToList();
        Assert.Equal(Runs.Scores(0, rows), stored);
    }

    private static WorkerMessage OfAnotherRun(WorkerMessage report)
    {
        report.Scores.RunDigest = new string('0', 64);
        return report;
    }

    private static WorkerMessage Ended(ScoreLease lease, Outcome outcome) => new()
    {
        LeaseEnded = new LeaseEnded { Fence = lease.Fence, Outcome = outcome, Reason = "no" },
    };

    private static async Task<Stream> ConnectAsync(Uri address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static GrpcChannelOptions AnyCertificate()
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        return new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true };
    }

    private RunAccess Open() => RunAccess.Of(
        new AccessOptions(), new IPEndPoint(IPAddress.Any, 0), _folder.Path, new FakeTime(), _ => { });

    private static List<string> Warnings(RunHost host) =>
        [.. host.Events.OfType<RunEvent.Warning>().Select(warning => warning.Text)];
}
