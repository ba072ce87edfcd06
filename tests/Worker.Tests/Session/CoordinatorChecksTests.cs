using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>A coordinator that says what none of this program would say.</summary>
public sealed class CoordinatorChecksTests
{
    private const uint MostWindowRows = 1 << 20, MostTokens = 1 << 24;

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

    [Fact]
    public void Message_AtTheBordersOfWhatIsAllowed_IsRight()
    {
        Assert.Null(CoordinatorChecks.FaultOf(Welcome(run => run.WindowRows = MostWindowRows)));
        Assert.Null(CoordinatorChecks.FaultOf(Welcome(run => run.WindowRows = 1)));
        Assert.Null(CoordinatorChecks.FaultOf(Welcome(run => run.TokenBudget = MostTokens)));
        Assert.Null(CoordinatorChecks.FaultOf(Welcome(run => run.TokenBudget = 0)));
        Assert.Null(CoordinatorChecks.FaultOf(Welcome(run => run.RowsPerFile = long.MaxValue)));
        Assert.Null(CoordinatorChecks.FaultOf(Welcome(_ => { }, heartbeat: 0)));
        Assert.Null(CoordinatorChecks.FaultOf(Lease(new InputFile { Size = long.MaxValue, Rows = long.MaxValue })));
        Assert.Null(CoordinatorChecks.FaultOf(Lease(new InputFile(), firstWindow: int.MaxValue)));
        Assert.Null(CoordinatorChecks.FaultOf(Lease(new InputFile(), partial: [1, 2])));
        Assert.Null(CoordinatorChecks.FaultOf(Build(new InputFile())));
        Assert.Null(CoordinatorChecks.FaultOf(new CoordinatorMessage { RunOver = new RunOver() }));
    }

    [Fact]
    public void Message_BeyondThem_IsNamed()
    {
        Assert.Equal(
            "its run has windows of 1048577 rows", FaultOf(Welcome(run => run.WindowRows = MostWindowRows + 1)));
        Assert.Equal(
            "its run has batches of 16777217 tokens", FaultOf(Welcome(run => run.TokenBudget = MostTokens + 1)));
        Assert.Equal(
            "its run takes 9223372036854775808 rows of a file",
            FaultOf(Welcome(run => run.RowsPerFile = long.MaxValue + 1UL)));
        Assert.Equal("it wants a heartbeat every -0.1 s", FaultOf(Welcome(_ => { }, heartbeat: -0.1)));
        Assert.Contains("a heartbeat every", FaultOf(Welcome(_ => { }, double.PositiveInfinity)), Ordinal);
        Assert.Equal("its welcome names no run or no model", FaultOf(Welcome(run => run.Model = null)));
        const ulong most = long.MaxValue;
        Assert.Equal(
            "a lease of it is on a file of 9223372036854775808 bytes and 3 rows",
            FaultOf(Lease(new InputFile { Size = most + 1, Rows = 3 })));
        Assert.Equal(
            "a lease of it is on a file of 3 bytes and 9223372036854775808 rows",
            FaultOf(Build(new InputFile { Size = 3, Rows = most + 1 })));
        Assert.Equal(
            "a lease of it begins with window 2147483648",
            FaultOf(Lease(new InputFile(), firstWindow: int.MaxValue + 1U)));
        Assert.Equal("a lease of it names a window twice", FaultOf(Lease(new InputFile(), partial: [1, 2, 1])));
        Assert.Equal("a lease of it names no file", FaultOf(Build(null)));
        Assert.Equal("a lease of it names no file", FaultOf(Lease(null, firstWindow: uint.MaxValue)));
    }

    private static async Task DemandEndedAsync(SessionBench bench, string reason)
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => bench.ExitCode());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("no coordinator of this program, or a faulty one", error.Message, StringComparison.Ordinal);
    }

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private static string FaultOf(CoordinatorMessage message) =>
        CoordinatorChecks.FaultOf(message) ?? "nothing is wrong";

    private static CoordinatorMessage Welcome(Action<RunDescription> change, double heartbeat = 10)
    {
        var run = new RunDescription { Model = new ModelDescription(), WindowRows = 8, TokenBudget = 20 };
        change(run);
        return new CoordinatorMessage { Welcome = new Welcome { Run = run, HeartbeatSeconds = heartbeat } };
    }

    private static CoordinatorMessage Lease(InputFile? file, uint firstWindow = 0, params IEnumerable<uint> partial)
    {
        var lease = new ScoreLease { File = file, FirstWindow = firstWindow };
        lease.PartialWindows.Add(partial.Select(window => new PartialWindow { Window = window }));
        return new CoordinatorMessage { ScoreLease = lease };
    }

    private static CoordinatorMessage Build(InputFile? file) =>
        new() { BuildLease = new BuildLease { File = file } };
}
