using FineWebTorch.Protos.V1;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Who gets which windows, by what fetching and scoring them would take.</summary>
public sealed class SharingTests
{
    private const int Megabyte = 1_000_000;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    public void TwoFiles_TwoWorkers_GetOneEach(double secondJoinsAt, bool prefetch)
    {
        using var run = CoreHarness.OfFiles((400, 10 * Megabyte), (400, 10 * Megabyte));
        var first = new TimedWorker("first", rows: 10, bytes: 20 * Megabyte) { Prefetches = prefetch };
        var second = new TimedWorker("second", rows: 10, bytes: 20 * Megabyte);
        var fleet = new TimedFleet(run, first, second)
        {
            Arrivals = { [second] = TimeSpan.FromSeconds(secondJoinsAt) },
        };

        fleet.Go(TimeSpan.FromSeconds(30));

        Assert.Equal(0U, first.Leases[0].File.Index);
        Assert.Equal((1U, 0U, 100U),
            (second.Leases[0].File.Index, second.Leases[0].FirstWindow, second.Leases[0].EndWindow));
        fleet.Go(Day);
        Assert.Equal(800, first.Scored + second.Scored);
        Assert.All(second.Leases, lease => Assert.Equal(1U, lease.File.Index));
    }

    [Fact]
    public void Files_MuchLargerOne_IsHandedOutFirst()
    {
        using var run = new CoreHarness(40, 50, 400, 41);

        var files = Enumerable.Range(0, 4).Select(i => run.JoinIdle($"w{i}").ScoreLeases.Single().File.Index);

        Assert.Equal([2U, 0U, 1U, 3U], files);
    }

    [Fact]
    public void LastFile_TenIdleWorkers_IsDoneInATenthOfTheTime()
    {
        const int workers = 10, rows = 4000, rate = 8;
        using var run = new CoreHarness(rows);
        var fleet = new TimedFleet(
            run, [.. Enumerable.Range(0, workers).Select(i => new TimedWorker($"w{i}", rate))]);

        var end = fleet.Go(Day);

        var ideal = rows / (double)(workers * rate);
        Assert.InRange(end.TotalSeconds, ideal, 1.3 * ideal);
    }

    [Fact]
    public void LastFile_WorkersOfOtherSpeeds_EndTogether()
    {
        using var run = new CoreHarness(4000);
        var workers = new[] { 2, 20, 6, 20, 2 }.Select((rate, i) => new TimedWorker($"w{i}", rate)).ToArray();

        var end = new TimedFleet(run, workers).Go(Day);

        Assert.InRange(end.TotalSeconds, 80, 1.3 * 80);
    }

    /// <summary>2 GB over a link of 10 MB/s take 200 s.</summary>
    [Fact]
    public void Lease_ThirtySecondsOfScoringLeft_IsSharedWithWhoHasACopyAlone()
    {
        using var run = CoreHarness.OfFiles((1200, 2000L * Megabyte));
        var copy = run.JoinIdle("copy");
        Fetch(run, copy, copy.ScoreLeases.Single());
        run.End(copy, copy.ScoreLeases.Single().Fence, LeaseEnded.Types.Outcome.Returned);
        var holder = run.JoinIdle("holder");
        var lease = holder.ScoreLeases.Single();
        Fetch(run, holder, lease, copy);
        for (var window = 0; window < 225; window++)
        {
            run.Wait(TimeSpan.FromSeconds(0.4));
            run.Score(holder, lease, window);
            Beat(run, copy);
        }

        var without = run.JoinIdle("without");
        run.Wait(TimeSpan.FromSeconds(2));
        Assert.Empty(without.ScoreLeases);
        run.Request(copy);
        run.Wait(TimeSpan.FromSeconds(1));

        Assert.Empty(without.ScoreLeases);
        Assert.Equal(2, copy.ScoreLeases.Count());
        Assert.InRange((int)copy.ScoreLeases.Last().FirstWindow, 255, 270);
        Assert.Equal(300U, copy.ScoreLeases.Last().EndWindow);
    }

    [Fact]
    public void Lease_HolderStillFetches_IsSharedAtOnce()
    {
        using var run = CoreHarness.OfFiles((400, 2000L * Megabyte));
        var holder = run.JoinIdle("holder");
        run.Wait(TimeSpan.FromSeconds(10));
        Beat(run, holder, new LeaseProgress
        {
            Fence = 1,
            Stage = Stage.Fetching,
            Steps = 1,
            FetchedBytes = 100 * Megabyte,
        });

        Assert.Equal((51U, 100U), Windows(run.JoinIdle("other").ScoreLeases.Single()));
    }

    /// <summary>At 10 MB/s.</summary>
    private static void Fetch(CoreHarness run, FakeSession session, ScoreLease lease, params FakeSession[] others)
    {
        for (ulong beat = 1; beat <= 40; beat++)
        {
            run.Wait(TimeSpan.FromSeconds(5));
            Beat(run, session, new LeaseProgress
            {
                Fence = lease.Fence,
                Stage = Stage.Fetching,
                Steps = beat,
                FetchedBytes = beat * 50 * Megabyte,
            });
            foreach (var other in others)
                Beat(run, other);
        }

        run.Say(session, CoreHarness.Opened(lease, lease.File.Rows));
    }

    private static void Beat(CoreHarness run, FakeSession session, params LeaseProgress[] leases) =>
        run.Say(session, new WorkerMessage { Heartbeat = new Heartbeat { Leases = { leases } } });

    private static (uint First, uint End) Windows(ScoreLease lease) => (lease.FirstWindow, lease.EndWindow);
}
