using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>A coordinator that says what none of this program would say.</summary>
public sealed class CoordinatorChecksTests
{
    [Theory]
    [InlineData("no run", "names no run")]
    [InlineData("no model", "names no run or no model")]
    [InlineData("no window", "windows of 0 rows")]
    [InlineData("window", "windows of 4000000000 rows")]
    [InlineData("budget", "batches of 4000000000 tokens")]
    [InlineData("rows", "takes 18446744073709551615 rows of a file")]
    [InlineData("session", "the secret of its session is none")]
    [InlineData("heartbeat", "a heartbeat every NaN s")]
    public async Task Welcome_ThatNoCoordinatorSays_EndsTheWorkerWithOneLine(string what, string reason)
    {
        await using var bench = await SessionBench.StartAsync();
        var (session, _) = await bench.Coordinator.GreetedAsync();
        var message = bench.Welcome();
        var welcome = message.Welcome;
        switch (what)
        {
            case "no run": welcome.Run = null; break;
            case "no model": welcome.Run.Model = null; break;
            case "no window": welcome.Run.WindowRows = 0; break;
            case "window": welcome.Run.WindowRows = 4_000_000_000; break;
            case "budget": welcome.Run.TokenBudget = 4_000_000_000; break;
            case "rows": welcome.Run.RowsPerFile = ulong.MaxValue; break;
            case "session": welcome.Session = "fws1_\r\nx: y"; break;
            default: welcome.HeartbeatSeconds = double.NaN; break;
        }

        await session.SendAsync(message);

        await DemandEndedAsync(bench, reason);
    }

    [Fact]
    public async Task Lease_WithoutAFile_EndsTheWorkerWithOneLine()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await WorkerAgentTests.Welcomed(bench);

        await session.SendAsync(new CoordinatorMessage { ScoreLease = new ScoreLease { Fence = 1, EndWindow = 1 } });

        await DemandEndedAsync(bench, "names no file");
    }

    [Fact]
    public async Task Lease_ThatNamesAWindowTwice_EndsTheWorkerWithOneLine()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await WorkerAgentTests.Welcomed(bench);
        var message = SessionBench.Lease(1, bench.Input("in", PipelineBench.Texts(3)));
        message.ScoreLease.PartialWindows.Add(new PartialWindow { Window = 2 });
        message.ScoreLease.PartialWindows.Add(new PartialWindow { Window = 2 });

        await session.SendAsync(message);

        await DemandEndedAsync(bench, "names a window twice");
    }

    [Fact]
    public async Task Nonce_InAFileWithoutEnd_IsNotReadToItsEnd()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "there is no file without end");
        await using var bench = await SessionBench.StartAsync();
        var (session, _) = await bench.Coordinator.GreetedAsync();
        var message = bench.Welcome();
        message.Welcome.NoncePath = "/dev/zero";

        await session.SendAsync(message);

        await session.ExpectAsync(WorkerMessage.MessageOneofCase.WorkRequest);
    }

    private static async Task DemandEndedAsync(SessionBench bench, string reason)
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => bench.ExitCode());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("no coordinator of this program, or a faulty one", error.Message, StringComparison.Ordinal);
    }
}
