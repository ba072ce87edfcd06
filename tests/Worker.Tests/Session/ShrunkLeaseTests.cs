using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>A lease is shortened: at whatever moment that reaches the worker, it leaves the rest alone.</summary>
public sealed class ShrunkLeaseTests
{
    private static readonly string[] Texts = PipelineBench.Texts(100);

    [Fact]
    public async Task Lease_ShrunkWhileItsInputIsStillOnItsWay_EndsWithItsOwnWindows()
    {
        await using var bench = await SessionBench.StartAsync();
        using var part = new Gate();
        bench.Coordinator.SendingPart = _ => part.Pass();
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts, visible: false)));
        part.WaitUntilReached();
        await ShrinkAsync(bench, session, endWindow: 2);
        part.Open();

        await ExpectRowsAsync(bench, session, rows: 16);
    }

    [Fact]
    public async Task Lease_ShrunkWhileItIsScored_EndsWithItsOwnWindows()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        await session.ExpectAsync(Kind.FileOpened);
        await ShrinkAsync(bench, session, endWindow: 2);
        gate.Open();

        await ExpectRowsAsync(bench, session, rows: 16);
    }

    [Fact]
    public async Task Lease_ShrunkAgainToMore_KeepsTheEarlierEnd()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        await session.ExpectAsync(Kind.FileOpened);
        await ShrinkAsync(bench, session, endWindow: 1);
        await session.SendAsync(Shrunk(endWindow: 9));
        gate.Open();

        await ExpectRowsAsync(bench, session, rows: 8);
    }

    private static async Task ShrinkAsync(SessionBench bench, FakeSession session, uint endWindow)
    {
        await session.SendAsync(Shrunk(endWindow));
        // An answer to what came after shows that the shrinking has been seen.
        await session.SendAsync(SessionBench.Lease(8, bench.Input("bad", ["bad"], index: 1)));
        await Until(bench, session, message => message.LeaseEnded?.Fence == 8);
    }

    private static CoordinatorMessage Shrunk(uint endWindow) =>
        new() { LeaseShrunk = new LeaseShrunk { Fence = 7, EndWindow = endWindow } };

    private static async Task ExpectRowsAsync(SessionBench bench, FakeSession session, int rows)
    {
        var (scores, ended) = await ScoresUntilEnd(bench, session);
        Assert.Equal(PipelineBench.Expected(Texts, row => row < rows), scores);
        Assert.Equal((7UL, Outcome.Completed), (ended.Fence, ended.Outcome));
    }
}
