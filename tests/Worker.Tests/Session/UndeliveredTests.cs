using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>
/// The link dies while the worker ends: what it has scored reaches the coordinator all the same, once, and a worker
/// whose scores are all acknowledged does not come back.
/// </summary>
public sealed class UndeliveredTests
{
    private static readonly string[] Texts = PipelineBench.Texts(12);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Link_DeadAfterGoodbye_IsMadeOnceMoreForScoresThatWereNotAcknowledged(bool isAcknowledged)
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        var sent = await ScoreAndStopAsync(bench, session, isAcknowledged);
        session.Close();

        if (!isAcknowledged)
        {
            var (again, hello) = await bench.Drive(bench.Coordinator.GreetedAsync());
            Assert.Equal([7UL], hello.HeldLeases);
            await again.SendAsync(bench.Welcome(kept: 7));
            var messages = await Until(bench, again, message => message.Goodbye is not null);
            Assert.Equal(Reports(sent), Reports(messages));
            Assert.Equal(PipelineBench.Expected(Texts), ScoresOf(messages));
            Assert.Equal(Outcome.Completed, messages.Single(message => message.LeaseEnded is not null).LeaseEnded.Outcome);
            Assert.DoesNotContain(messages, message => message.WorkRequest is not null);
            again.Close();
        }

        // Whether that coordinator has taken them or not: there is no further attempt.
        Assert.Equal(ExitCode.Success, await bench.ExitCode());
    }

    /// <summary>The batch in flight ends while there is no link.</summary>
    [Fact]
    public async Task Link_DeadWhileTheLeaseIsGivenBack_IsMadeAgainAndHearsOfEveryBatch()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(3);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        gate.WaitUntilReached();
        bench.Stop();
        // A lease that crosses the end on its way comes back at once and shows that the end has been seen.
        await session.SendAsync(SessionBench.Lease(8, bench.Input("in2", Texts, index: 1)));
        var before = await Until(bench, session, message => message.LeaseEnded?.Fence == 8);
        session.Close();
        var (again, hello) = await bench.Drive(bench.Coordinator.GreetedAsync());
        Assert.Equal([7UL, 8UL], hello.HeldLeases);
        await again.SendAsync(bench.Welcome(kept: [7, 8]));
        gate.Open();

        var messages = await Until(bench, again, message => message.Goodbye is not null);

        // Everything from before is said again, and the batch that was in flight besides.
        Assert.Equal(Reports(before), Reports(messages).Take(Reports(before).Count));
        Assert.Equal(3, Reports(messages).Sum(report => report.Batches.Count));
        Assert.Equal(
            [Outcome.Returned, Outcome.Returned],
            messages.Where(message => message.LeaseEnded is not null).Select(message => message.LeaseEnded.Outcome));
        Assert.DoesNotContain(messages, message => message.WorkRequest is not null);
    }

    [Fact]
    public async Task Link_DeadBeforeTheLastAcknowledgement_BringsWhatWasNotAcknowledgedAlone()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = new SemaphoreSlim(1);
        bench.Scorer.Scoring = _ => gate.Wait(TestContext.Current.CancellationToken);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        var first = (await Until(bench, session, message => message.Scores is not null))[^1].Scores;
        await session.SendAsync(SessionBench.Stored(first.Sequence));
        gate.Release(1000);
        var rest = await Until(bench, session, message => message.LeaseEnded is not null);
        bench.Stop();
        await Until(bench, session, message => message.Goodbye is not null);
        session.Close();

        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome(kept: 7));
        var messages = await Until(bench, again, message => message.Goodbye is not null);

        Assert.Equal(Reports(rest), Reports(messages));
        Assert.DoesNotContain(Reports(messages), report => report.Sequence <= first.Sequence);
    }

    /// <summary>The coordinator that comes back has given the lease to another.</summary>
    [Fact]
    public async Task Link_MadeAgainWithoutTheLease_BringsNothingOfIt()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        await ScoreAndStopAsync(bench, session);
        session.Close();

        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome());

        Assert.NotNull((await bench.Drive(again.NextAsync())).Goodbye);
        again.Close();
        Assert.Equal(ExitCode.Success, await bench.ExitCode());
    }

    /// <returns>What came up to the goodbye.</returns>
    private static async Task<List<WorkerMessage>> ScoreAndStopAsync(
        SessionBench bench, FakeSession session, bool isAcknowledged = false)
    {
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));
        var messages = await Until(bench, session, message => message.LeaseEnded is not null);
        if (isAcknowledged)
        {
            await session.SendAsync(SessionBench.Stored(Reports(messages).Max(report => report.Sequence)));
            // An answer to what came after shows that it has been heard.
            await session.SendAsync(SessionBench.Lease(8, bench.Input("bad", ["bad"], index: 1)));
            await Until(bench, session, message => message.LeaseEnded is not null);
        }

        bench.Stop();
        messages.AddRange(await Until(bench, session, message => message.Goodbye is not null));
        return messages;
    }

    private static List<ScoreReport> Reports(IEnumerable<WorkerMessage> messages) =>
        [.. messages.Where(message => message.Scores is not null).Select(message => message.Scores)];
}
