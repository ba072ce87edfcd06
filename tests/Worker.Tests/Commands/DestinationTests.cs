using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FineWebTorch.Common;
using FineWebTorch.Worker.Commands;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Tests.Commands;

/// <summary>What a worker shows to whom.</summary>
public sealed class DestinationTests
{
    private static readonly JoinToken Owner = new(Pin: null, Secret.Draw(JoinToken.SecretPrefix), IsOwner: true);

    [Fact]
    public async Task OwnersSecret_ToAPortOfThisUser_IsShown()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        Assert.Equal(Owner.Secret.Reveal(), await ShownAsync(((IPEndPoint)listener.LocalEndpoint).Port));
    }

    /// <summary>Who has taken the port that the coordinator had, before it was started again.</summary>
    [Fact]
    public async Task OwnersSecret_ToAPortWhereAnotherUserListens_IsNotShown()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "needs a second user");
        const string listen =
            "$| = 1; $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1); print $s->sockport, \"\\n\"; <STDIN>";
        using var other = Process.Start(new ProcessStartInfo(
            Executables.Require("setpriv"),
            ["--reuid", "65534", "--clear-groups", Executables.Require("perl"), "-MIO::Socket::INET", "-e", listen])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var port = await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

        Assert.Null(await ShownAsync(int.Parse(port!, CultureInfo.InvariantCulture)));

        other.StandardInput.Close();
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>By an address of another machine it would go over the network as it is.</summary>
    [Theory]
    [InlineData("http://192.0.2.1:5090")]
    [InlineData("http://127.0.0.1:5090,http://192.0.2.1:5090")]
    public async Task OwnersSecret_ToAnotherMachineWithoutEncryption_IsNotShown(string addresses) =>
        Assert.Null(await ShownAsync(CoordinatorAddresses.Parse(addresses)));

    private static Task<string?> ShownAsync(int port) =>
        ShownAsync(new CoordinatorAddresses(new Uri($"http://127.0.0.1:{port}")));

    private static async Task<string?> ShownAsync(CoordinatorAddresses addresses)
    {
        var destination = Destination.Named(addresses, Owner, notices: [], _ => { });
        // A credential is there already: nobody is asked for one.
        var shown = await destination.Passport.PresentAsync(client: null!, TestContext.Current.CancellationToken);
        return shown.GetValue(CallHeaders.Credential);
    }
}
