using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using FineWebTorch.Common;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>A coordinator with a certificate that an authority has signed, in which workers' systems trust.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly RunFolder _folder = new();
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Worker_WhereTheAuthorityIsTrusted_JoinsByNameAloneAndOthersAreTold()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a system that has its authorities named by a variable");
        _authority.Sign("localhost", "head.example");
        await using var coordinator = Start("signed");
        var (token, port) = await TokenAsync(coordinator, "signed");
        Assert.Null(token.Pin);

        await using var elsewhere = Work("a", trusts: true, token, $"https://127.0.0.1:{port}");
        await using var stranger = Work("b", trusts: false, token, $"https://localhost:{port}");

        Assert.True(await elsewhere.ExitAsync() == ExitCode.TurnedAway, elsewhere.Errors);
        Assert.Contains(
            "its certificate is not to be trusted: it is for localhost, head.example, not for 127.0.0.1; give the address by",
            LastLine(elsewhere), StringComparison.Ordinal);
        Assert.True(await stranger.ExitAsync() == ExitCode.TurnedAway, stranger.Errors);
        Assert.Contains(
            "who has signed it is no authority that this system trusts (below the authority of tests)",
            LastLine(stranger), StringComparison.Ordinal);
        await using var worker = Work("c", trusts: true, token, $"https://localhost:{port}");
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);
    }

    [Fact]
    public async Task Certificate_RenewedWithAnotherKey_IsForTheNextWorkerAndTheOneAtWorkGoesOn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a system that has its authorities named by a variable");
        _authority.Sign("localhost");
        await using var coordinator = Start("renewed");
        var (token, port) = await TokenAsync(coordinator, "renewed");
        await AskAsync("pause", "renewed");
        await using var first = Work("a", trusts: true, token, $"https://localhost:{port}");
        await first.LineWithAsync("connected to");

        _authority.Sign("localhost");
        await UntilRenewedAsync(coordinator, port);
        await using var second = Work("a", trusts: true, token: null, address: null);
        await second.LineWithAsync("connected to");
        await AskAsync("resume", "renewed");

        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await first.ExitAsync() == 0, first.Errors);
        Assert.True(await second.ExitAsync() == 0, second.Errors);
        Assert.DoesNotContain("lost the coordinator", first.Errors, StringComparison.Ordinal);
    }

    /// <summary>The certificate is looked at every few seconds, when somebody connects.</summary>
    private async Task UntilRenewedAsync(ProgramProcess coordinator, int port)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        using var root = X509CertificateLoader.LoadCertificateFromFile(_authority.Trusted);
        while (!coordinator.Errors.Contains("renewed, and in use from now on", StringComparison.Ordinal))
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, patience.Token);
            await using var stream = new SslStream(client.GetStream());
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    CertificateChainPolicy = new X509ChainPolicy
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        CustomTrustStore = { root },
                        RevocationMode = X509RevocationMode.NoCheck,
                    },
                },
                patience.Token);
            await Task.Delay(200, patience.Token);
        }
    }

    private static string LastLine(ProgramProcess program) => program.Errors.TrimEnd().Split('\n')[^1];

    private ProgramProcess Start(string name) => ProgramProcess.StartIn(
        new Dictionary<string, string?> { ["SSL_CERT_FILE"] = _authority.Trusted },
        "coordinator", _folder.Arguments(
            name, "--listen", "0.0.0.0:0", "--settle", "100ms", "--tls-cert", _authority.Chain, "--tls-key", _authority.Key));

    private async Task<(JoinToken Token, int Port)> TokenAsync(ProgramProcess coordinator, string name)
    {
        var port = new Uri((await coordinator.WorkerArgumentsAsync())[^1]).Port;
        return (JoinToken.ParseOption("@" + Path.Combine(_folder.Run(name), "access", "join")), port);
    }

    private async Task AskAsync(string command, string name)
    {
        var (exitCode, _, errors) = await ProgramProcess.RunAsync("coordinator", command, "--run", _folder.Run(name));
        Assert.True(exitCode == 0, errors);
    }

    /// <param name="machine">Those of one have joined once for all.</param>
    private ProgramProcess Work(string machine, bool trusts, JoinToken? token, string? address) => ProgramProcess.StartIn(
        new Dictionary<string, string?>
        {
            ["XDG_CONFIG_HOME"] = Path.Combine(_folder.Root, "config-" + machine),
            ["XDG_CACHE_HOME"] = _folder.NewFolder("cache"),
            ["FINEWEB_JOIN"] = token?.Write().Reveal(),
            ["SSL_CERT_FILE"] = trusts ? _authority.Trusted : null,
        },
        "worker", ["--device", "cpu", "--threads", "1", .. address is null ? [] : (string[])["--coordinator", address]]);
}
