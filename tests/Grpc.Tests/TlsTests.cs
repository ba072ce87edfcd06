using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FineWebTorch.Grpc.Tests.Infrastructure;
using FineWebTorch.Grpc.Tests.Protos;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace FineWebTorch.Grpc.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly X509Certificate2 _certificate = CreateCertificate("head");

    [Fact]
    public async Task Unary_PinnedCertificateAndClientCertificate_ServerKnowsThePeer()
    {
        string? identity = null;
        await using var server = await StartAsync(new()
        {
            Unary = (request, context) =>
            {
                identity = context.AuthContext.FindPropertiesByName("x509_common_name").Single().Value;
                return Task.FromResult(request);
            },
        });
        using var worker = CreateCertificate("worker-1");
        using var channel = server.CreateChannel(new()
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    ClientCertificates = [worker],
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                        certificate!.GetCertHashString() == _certificate.GetCertHashString(),
                },
            },
        });

        await channel.ConnectAsync().InTime();
        var client = new Testing.TestingClient(channel);
        var reply = await client.UnaryAsync(new Note { Text = "hi" }).ResponseAsync.InTime();

        Assert.Equal("hi", reply.Text);
        Assert.Equal("worker-1", identity);
    }

    [Fact]
    public async Task Unary_CertificateNotTrusted_Fails()
    {
        await using var server = await StartAsync(new() { Unary = (request, _) => Task.FromResult(request) });
        using var channel = GrpcChannel.ForAddress(server.Address);

        var error = await Assert.ThrowsAsync<RpcException>(
            () => new Testing.TestingClient(channel).UnaryAsync(new Note()).ResponseAsync.InTime());

        Assert.IsType<HttpRequestException>(error.Status.DebugException);
    }

    public void Dispose() => _certificate.Dispose();

    private static X509Certificate2 CreateCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private Task<TestServer> StartAsync(Handlers handlers) => TestServer.StartAsync(
        services => services.AddSingleton(handlers).AddGrpc(),
        application => application.MapGrpcService<TestingService>(),
        kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = _certificate;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = (_, _, _) => true;
        }),
        https: true);
}
