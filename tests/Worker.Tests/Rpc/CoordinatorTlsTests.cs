using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Tests.Rpc;

/// <summary>What a worker finds at an address, and what it says of it.</summary>
public sealed class CoordinatorTlsTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate = NewCertificate();

    public CoordinatorTlsTests() => _listener.Start();

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
    }

    [Fact]
    public async Task Peer_WithTheKeyOfTheToken_IsTheCoordinatorWhateverItIsCalled()
    {
        var serving = ServeAsync(SslProtocols.Tls13);
        var address = new CoordinatorAddresses(Address("https")).KnownBy(PinOf(_certificate));

        await using (var stream = await address.ConnectAsync(proxy: null, Cancelled))
            Assert.Equal(SslProtocols.Tls13, Assert.IsType<SslStream>(stream).SslProtocol);

        await serving;
    }

    [Theory]
    [InlineData("another key", "its certificate has another key than the join token names")]
    [InlineData("no authority", "who has signed it is no authority that this system trusts (somebody)")]
    [InlineData("other names", "it is for no name, not for 127.0.0.1; give the address by a name that it is for")]
    [InlineData("out of date", "it is good from")]
    public async Task Peer_WithAnotherCertificate_IsNotSpokenWith(string what, string reason)
    {
        var serving = ServeAsync(SslProtocols.Tls13);
        var pin = what == "another key" ? Sha256.Of("another key") : null;

        var refusal = await Assert.ThrowsAsync<WrongPeerException>(
            () => ConnectAsync(new CoordinatorAddresses(Address("https")).KnownBy(pin)));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        await serving;
    }

    [Fact]
    public async Task Peer_ThatOffersTls12Alone_IsNotSpokenWith()
    {
        var serving = ServeAsync(SslProtocols.Tls12);

        var refusal = await Assert.ThrowsAsync<WrongPeerException>(
            () => ConnectAsync(new CoordinatorAddresses(Address("https")).KnownBy(PinOf(_certificate))));

        Assert.Contains("no TLS 1.3 with HTTP/2 could be agreed on", refusal.Message, StringComparison.Ordinal);
        await serving;
    }

    [Fact]
    public async Task Peer_ThatDoesNotEncrypt_IsNamedAsThat()
    {
        var serving = AnswerAsync("\0\0\u0004\u0004\0\0\0\0\0");

        var refusal = await Assert.ThrowsAsync<WrongPeerException>(
            () => ConnectAsync(new CoordinatorAddresses(Address("https")).KnownBy(PinOf(_certificate))));

        Assert.StartsWith("it does not encrypt", refusal.Message, StringComparison.Ordinal);
        await serving;
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\nthis port speaks TLS: use https://", "it speaks TLS")]
    [InlineData("\u0015\u0003\u0003\0\u0002\u0002\u0028", "it speaks TLS")]
    [InlineData("HTTP/1.1 404 Not Found\r\n\r\n", "it speaks TLS, or is no coordinator")]
    public async Task Peer_ThatSpeaksSomethingElseThanPlainHttp2_IsNamedAsThat(string answer, string reason)
    {
        var serving = AnswerAsync(answer);
        await using var stream = await new CoordinatorAddresses(Address("http")).ConnectAsync(proxy: null, Cancelled);
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Cancelled);

        var refusal = await Assert.ThrowsAsync<WrongPeerException>(
            async () => await stream.ReadExactlyAsync(new byte[100], Cancelled));

        Assert.StartsWith(reason, refusal.Message, StringComparison.Ordinal);
        await serving;
    }

    [Fact]
    public async Task Connection_ThatBreaks_MayBeTriedAgain()
    {
        var serving = AnswerAsync("");

        var failure = await Assert.ThrowsAnyAsync<IOException>(
            () => ConnectAsync(new CoordinatorAddresses(Address("https")).KnownBy(PinOf(_certificate))));

        Assert.IsNotType<WrongPeerException>(failure);
        await serving;
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static async Task ConnectAsync(CoordinatorAddresses addresses)
    {
        await using var stream = await addresses.ConnectAsync(proxy: null, Cancelled);
    }

    private static string PinOf(X509Certificate2 certificate) =>
        Sha256.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=somebody", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(-8));
        // Some systems take no key that is in memory alone.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }

    private Uri Address(string scheme) => new($"{scheme}://{_listener.LocalEndpoint}");

    private async Task ServeAsync(SslProtocols protocols)
    {
        using var client = await _listener.AcceptTcpClientAsync(Cancelled);
        await using var secured = new SslStream(client.GetStream());
        try
        {
            await secured.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = _certificate,
                    EnabledSslProtocols = protocols,
                    ApplicationProtocols = [SslApplicationProtocol.Http2],
                },
                Cancelled);
            await secured.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, Cancelled);
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            // That is what some of these tests are about.
        }
    }

    private async Task AnswerAsync(string answer)
    {
        using var client = await _listener.AcceptTcpClientAsync(Cancelled);
        await client.GetStream().ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, Cancelled);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), Cancelled);
    }
}
