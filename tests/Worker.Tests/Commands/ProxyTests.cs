using System.Diagnostics;
using FineWebTorch.Common;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Commands;

/// <summary>The way from a worker to its coordinator.</summary>
public sealed class ProxyTests
{
    private static readonly Dictionary<string, string> DeadProxies = new[]
        { "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY" }
        .ToDictionary(name => name, _ => "http://127.0.0.1:1");

    [Fact]
    public async Task Coordinator_ProxiesInTheEnvironment_IsReachedWithoutThem()
    {
        await using var coordinator = await FakeCoordinator.StartAsync();
        using var worker = Start(coordinator, DeadProxies);

        var (_, hello) = await coordinator.GreetedAsync();

        Assert.Equal("cpu", hello.DeviceKind);
        await KillAsync(worker);
    }

    [Fact]
    public async Task Coordinator_ProxyNamed_IsReachedThroughItsTunnel()
    {
        await using var coordinator = await FakeCoordinator.StartAsync();
        await using var proxy = new ForwardProxy("me:p@ss");
        using var worker = Start(
            coordinator, new Dictionary<string, string>(), "--proxy", $"http://me:p%40ss@{proxy.Authority}");

        await coordinator.GreetedAsync();

        Assert.Equal($"CONNECT {coordinator.Address.Authority} HTTP/1.1", Assert.Single(proxy.Requests));
        await KillAsync(worker);
    }

    [Theory]
    [InlineData("", "refuses a tunnel to 127.0.0.1:1: HTTP/1.1 407 Proxy Authentication Required; give --proxy http://")]
    [InlineData("me:wrong-password@", "it does not take the name and password of --proxy")]
    public async Task Proxy_ThatRefuses_IsSaid(string userInfo, string says)
    {
        await using var proxy = new ForwardProxy("me:right-password");
        var result = await WorkerProcess.RunAsync(
            ["--device", "cpu", "--coordinator", "http://127.0.0.1:1", "--no-wait",
            "--proxy", $"http://{userInfo}{proxy.Authority}"]);

        Assert.Equal(ExitCode.NoCoordinator, result.ExitCode);
        Assert.Contains($"the proxy http://{proxy.Authority} ", result.Error, StringComparison.Ordinal);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_NoAddress_IsRefusedWithoutItsPassword()
    {
        var result = await WorkerProcess.RunAsync(["--proxy", "https://me:secret-word@proxy:3128"]);

        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains("--proxy https://…@proxy:3128: not an HTTP proxy's address", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", result.Error, StringComparison.Ordinal);
    }

    private static Process Start(
        FakeCoordinator coordinator, IReadOnlyDictionary<string, string> environment, params string[] more) =>
        WorkerProcess.Start(
            ["--device", "cpu", "--coordinator", coordinator.Address.GetLeftPart(UriPartial.Authority), .. more],
            environment);

    private static async Task KillAsync(Process worker)
    {
        worker.Kill(entireProcessTree: true);
        await WorkerProcess.EndAsync(worker);
    }
}
