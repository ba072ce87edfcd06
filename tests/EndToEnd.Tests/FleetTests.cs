using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>How workers find their coordinator, and end with it.</summary>
public sealed partial class FleetTests : IDisposable
{
    private readonly RunFolder _folder = new();

    private Dictionary<string, string?> Home => new() { ["XDG_CACHE_HOME"] = Path.Combine(_folder.Root, "cache") };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Coordinator_Killed_TakesItsLocalWorkersWithIt()
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("a", "--local-workers", "1"));
        var joined = await coordinator.LineWithAsync("has joined");
        using var worker = Process.GetProcessById(
            int.Parse(ProcessId().Match(joined).Groups[1].Value, CultureInfo.InvariantCulture));

        coordinator.Signal("KILL");

        await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Worker_TheOneItsStarterWatchedIsGone_Ends()
    {
        // The input of a program that these tests start is at its end from the first.
        await using var worker = ProgramProcess.Start(
            "worker", "--device", "cpu", "--coordinator", "http://127.0.0.1:1", "--end-with-stdin");
        Assert.Equal(0, await worker.ExitAsync());
    }

    [Fact]
    public async Task Worker_Bare_JoinsTheCoordinatorOfItsUser()
    {
        await using var coordinator = ProgramProcess.StartIn(Home, "coordinator", _folder.Arguments("a"));
        await coordinator.LineWithAsync("--coordinator ");
        await using var worker = ProgramProcess.StartIn(Home, "worker", "--device", "cpu");

        Assert.Equal(0, await coordinator.ExitAsync());
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Contains($"(run folder {_folder.Run("a")}", worker.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_Bare_NamesWhatElseListensAndDoesNotJoinIt()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 5090);
        try
        {
            stranger.Start();
        }
        catch (SocketException taken)
        {
            // By whoever else: it is a stranger too.
            _ = taken;
        }

        await using var worker = ProgramProcess.StartIn(Home, "worker", "--device", "cpu");

        Assert.Equal(2, await worker.ExitAsync());
        Assert.Contains("what listens on port 5090 here is a program", worker.Errors, StringComparison.Ordinal);
        Assert.False(stranger.Server.IsBound && stranger.Pending());
    }

    [Fact]
    public async Task Worker_UnderNohup_StaysWhenTheTerminalCloses()
    {
        Executables.Demand(OperatingSystem.IsLinux(), "looks at /proc");
        await using var worker = ProgramProcess.StartPeer(
            "env", "--ignore-signal=HUP", "dotnet", ProgramProcess.PathOf("worker"), "--device", "cpu",
            "--coordinator", "http://127.0.0.1:1");
        await worker.LineWithAsync("no coordinator at");
        var status = await File.ReadAllLinesAsync($"/proc/{worker.Id}/status", TestContext.Current.CancellationToken);
        var ignored = status.Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.Equal(1, Convert.ToInt64(ignored, 16) & 1);

        worker.Signal("HUP");
        worker.Signal("TERM");
        Assert.Equal(0, await worker.ExitAsync());
    }

    [GeneratedRegex(@"/cpu/(\d+) ")]
    private static partial Regex ProcessId();
}
