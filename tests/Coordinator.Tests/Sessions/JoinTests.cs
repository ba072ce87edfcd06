using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Tests.Sessions;

/// <summary>Who is let in by a coordinator that other machines reach, and how it speaks with them.</summary>
public sealed class JoinTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly AccessFolder _access;

    public JoinTests() => _access = AccessFolder.OfRun(_folder.Path);

    public void Dispose()
    {
        _folder.Dispose();
    }

    [Fact]
    public async Task Worker_WithTheTokensCredential_IsLetInAgainAndAgain()
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        var credential = await host.RedeemAsync(access.First!.Secret);
        for (var session = 0; session < 2; session++)
        {
            using var worker = host.Worker("a", credential);
            Assert.NotEmpty((await worker.JoinAsync()).Session);
        }
    }

    [Fact]
    public async Task Worker_OfTheCoordinatorsUser_IsLetInByTheFileOfTheRun()
    {
        await using var host = await RunHost.StartAsync(_folder, Open(), 12);
        using var worker = host.Worker("a", JoinToken.OfOwner(_folder.Path)!.Secret);

        Assert.NotEmpty((await worker.JoinAsync()).Session);
    }

    [Fact]
    public async Task Worker_WhoseTokenIsRevokedWhileItWorks_IsTurnedAwayAtItsNextHeartbeat()
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        using var worker = host.Worker("a", await host.RedeemAsync(access.First!.Secret));
        await worker.JoinAsync();
        new JoinTokens(_access, TimeProvider.System).Revoke(JoinTokens.FirstName);
        _time.Advance(TimeSpan.FromSeconds(1));

        await worker.SayAsync(new WorkerMessage { Heartbeat = new Heartbeat() });

        Assert.Contains("has been revoked", (await worker.NextAsync()).Rejection.Reason, StringComparison.Ordinal);
        await worker.EndAsync();
        var model = await Assert.ThrowsAsync<RpcException>(
            () => worker.ReadFileAsync(new ReadFileRequest { ModelFile = "config.json" }));
        Assert.Equal(StatusCode.Unauthenticated, model.StatusCode);
    }

    [Fact]
    public async Task Worker_OnLoopback_IsLetInAsTheCoordinatorsUserAlone()
    {
        var access = RunAccess.Of(
            new AccessOptions(), new IPEndPoint(IPAddress.Loopback, 0), _folder.Path, _time, _ => { });
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        Assert.Equal(Uri.UriSchemeHttp, host.Address.Scheme);
        var file = Path.Combine(_folder.Path, JoinToken.OwnerFile);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        using var stranger = host.Worker("b");
        Assert.Contains(
            "alone: start the worker as that user", (await stranger.SayHelloAsync(_ => { })).Rejection.Reason,
            StringComparison.Ordinal);
        using var worker = host.Worker("a", JoinToken.OfOwner(_folder.Path)!.Secret);
        Assert.NotEmpty((await worker.JoinAsync()).Session);
        Assert.Equal(
            StatusCode.PermissionDenied,
            (await Assert.ThrowsAsync<RpcException>(() => host.RedeemAsync(Secret.Draw("x")))).StatusCode);
    }

    [Theory]
    [InlineData("none", "has not joined")]
    [InlineData("invented", "does not know the credential")]
    [InlineData("not base64", "does not know the credential")]
    [InlineData("the token itself", "does not know the credential")]
    [InlineData("of a revoked token", "'join', by which its machine joined, has been revoked")]
    public async Task Worker_WithoutACredentialThatCounts_IsTurnedAwayForGoodAndGetsNothing(string what, string reason)
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        var credential = what switch
        {
            "invented" => Secret.Draw(CredentialSigner.Prefix),
            "not base64" => new Secret(CredentialSigner.Prefix + "***"),
            "the token itself" => access.First!.Secret,
            "of a revoked token" => await host.RedeemAsync(access.First!.Secret),
            _ => default,
        };
        if (what == "of a revoked token")
            new JoinTokens(_access, TimeProvider.System).Revoke(JoinTokens.FirstName);
        _time.Advance(TimeSpan.FromSeconds(1));
        using var worker = host.Worker("a", credential);

        var answer = await worker.SayHelloAsync(_ => { });

        Assert.True(answer.Rejection.Permanent);
        Assert.Contains(reason, answer.Rejection.Reason, StringComparison.Ordinal);
        Assert.Equal(StatusCode.OK, await worker.EndAsync());
        var model = await Assert.ThrowsAsync<RpcException>(
            () => worker.ReadFileAsync(new ReadFileRequest { ModelFile = "config.json" }));
        Assert.Equal(StatusCode.Unauthenticated, model.StatusCode);
    }

    [Theory]
    [InlineData("invented", "not one of this coordinator's")]
    [InlineData("revoked", "'other' has been revoked")]
    [InlineData("expired", "'other' has expired")]
    [InlineData("used up", "'other' is used up: it was for 1 machine")]
    public async Task Token_ThatDoesNotCount_IsRefusedWithItsReason(string what, string reason)
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        var tokens = new JoinTokens(_access, _time);
        var token = tokens.Add(
            "other", what == "expired" ? TimeSpan.FromHours(1) : null, what == "used up" ? 1 : null);
        if (what == "used up")
            await host.RedeemAsync(token.Secret);
        if (what == "revoked")
            tokens.Revoke("other");
        _time.Advance(TimeSpan.FromHours(2));

        var refusal = await Assert.ThrowsAsync<RpcException>(
            () => host.RedeemAsync(what == "invented" ? Secret.Draw(JoinToken.SecretPrefix) : token.Secret));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.Contains(reason, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Secret.Reveal(), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_BelowTls13_IsNotMade()
    {
        await using var host = await RunHost.StartAsync(_folder, Open(), 12);

        Assert.Equal(SslProtocols.Tls13, await ProtocolAsync(host));
        await Assert.ThrowsAnyAsync<AuthenticationException>(
            () => TlsPeer.ConnectAsync(host.Address, SslProtocols.Tls12, SslApplicationProtocol.Http2));
    }

    /// <summary>Negotiated, or by who does not negotiate, as old clients.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connection_OfHttp11OverTls_IsToldWhatIsSpoken(bool negotiates)
    {
        await using var host = await RunHost.StartAsync(_folder, Open(), 12);
        await using var peer = await TlsPeer.ConnectAsync(
            host.Address, SslProtocols.None, negotiates ? [SslApplicationProtocol.Http11] : []);

        await peer.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        var answer = await TlsPeer.ReadAllAsync(peer);
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\na coordinator listens here, for workers", answer, StringComparison.Ordinal);
    }

    /// <summary>As a browser comes.</summary>
    [Fact]
    public async Task Connection_OfHttp2WithoutGrpc_IsToldWhatIsSpoken()
    {
        await using var host = await RunHost.StartAsync(_folder, Open(), 12);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20 };

        using var answer = await client.GetAsync(new Uri(host.Address, "/index.html"), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.NotFound, HttpVersion.Version20), (answer.StatusCode, answer.Version));
        Assert.StartsWith(
            "a coordinator listens here, for workers",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0001")]
    public async Task Port_ThatSpeaksTls_TellsWhoDoesNot(string said)
    {
        await using var host = await RunHost.StartAsync(_folder, Open(), 12);

        var answer = await SayAsync(host, said);

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\nthis port speaks TLS: use https://", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_WithoutTls_TellsWhoSpeaksIt()
    {
        await using var host = await RunHost.StartAsync(_folder, 12);

        Assert.Contains(
            "this port does not encrypt", await SayAsync(host, "\u0016\u0003\u0001"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_RenewedWhileAWorkerIsInSession_IsForTheNextConnectionAndTheSessionGoesOn()
    {
        var access = Open();
        await using var host = await RunHost.StartAsync(_folder, access, 12);
        using var worker = host.Worker("a", access.Owner!.Secret);
        await worker.JoinAsync();
        var lease = (await worker.RequestAsync()).ScoreLease;
        var before = access.Certificate!.Context().TargetCertificate.Thumbprint;
        SelfSignedCertificate.Prepare(_access, IPAddress.Parse("10.9.8.7"), _time);
        File.SetLastWriteTimeUtc(_access.Certificate, DateTime.UtcNow.AddSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(1));

        await worker.ScoreAsync(lease, 0);
        Assert.Equal(SslProtocols.Tls13, await ProtocolAsync(host));

        Assert.NotEqual(before, access.Certificate.Context().TargetCertificate.Thumbprint);
        Assert.Equal(4, host.Core.Totals.Rows);
    }

    private static async Task<string> SayAsync(RunHost host, string text)
    {
        var cancelled = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port, cancelled);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), cancelled);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(cancelled);
    }

    private static async Task<SslProtocols> ProtocolAsync(RunHost host)
    {
        await using var peer = await TlsPeer.ConnectAsync(
            host.Address, SslProtocols.None, SslApplicationProtocol.Http2);
        await peer.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0"u8.ToArray());
        // Of TLS 1.3 the client is done before the server has agreed.
        Assert.True(await peer.ReadAsync(new byte[64]) > 0, "it closed the connection");
        return peer.SslProtocol;
    }

    private RunAccess Open() => RunAccess.Of(
        new AccessOptions(), new IPEndPoint(IPAddress.Any, 0), _folder.Path, _time, _ => { });
}
