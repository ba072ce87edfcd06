using FineWebTorch.Coordinator.Running;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Scores as they arrive.</summary>
public sealed class ScoreTests
{
    [Fact]
    public void Scores_AllOfAFile_LeadToABuildLeaseWithMetadata()
    {
        using var run = new CoreHarness(6);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Say(session, CoreHarness.Opened(lease, rows: 6));
        run.Request(session);
        run.Score(session, lease, 1);
        Assert.Empty(session.BuildLeases);

        run.Score(session, lease, 0);
        run.End(session, lease.Fence, Outcome.Completed);

        var build = session.BuildLeases.Single();
        Assert.Equal("/out/.staging/run-1/2.parquet", build.StagingPath);
        Assert.Equal(CoreHarness.Digest, build.Metadata["fineweb.input_sha256"]);
        Assert.Equal("fp32", build.Metadata["fineweb.dtype"]);
        Assert.Equal(Runs.Scores(0, 6), run.Ledger.ReadScores(0).SelectMany(window => window.Scores));
    }

    [Fact]
    public void Scores_NoWorkerToldTheDigest_TheCoordinatorReadsIt()
    {
        using var run = new CoreHarness(4);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Request(session);

        run.Score(session, lease, 0);
        run.End(session, lease.Fence, Outcome.Completed);

        Assert.Equal(CoreHarness.Digest, session.BuildLeases.Single().Metadata["fineweb.input_sha256"]);
    }

    [Fact]
    public void Scores_SentTwice_CountOnce()
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();

        run.Score(session, lease, 0, 1, 2);
        run.Score(session, lease, 0, 2, 3);
        run.Score(session, lease, 0, 1, 2);

        Assert.Equal(3, run.Core.Totals.Rows);
        run.Restart();
        Assert.Equal(3, run.Core.Totals.Rows);
    }

    [Theory]
    [InlineData(9, new uint[] { 0 }, 1f)]
    [InlineData(0, new uint[] { 4 }, 1f)]
    [InlineData(0, new uint[] { 1, 1 }, 1f)]
    [InlineData(0, new uint[] { 1 }, float.NaN)]
    [InlineData(0, new uint[] { 1 }, float.PositiveInfinity)]
    public void Scores_ThatCannotBe_AreRefusedAndEndTheLease(int window, uint[] rows, float score)
    {
        using var run = new CoreHarness(8);
        var session = run.JoinIdle("a");

        run.Say(session, CoreHarness.Report(1, window, rows, [.. rows.Select(_ => score)]));

        Assert.Single(session.Revoked);
        Assert.Equal(0, run.Core.Totals.Rows);
    }

    [Fact]
    public void Scores_OfASecondNumericClass_AreWarnedOfOnce()
    {
        using var run = new CoreHarness(40);
        var session = run.JoinIdle("a");
        run.Score(session, session.ScoreLeases.Single(), 0);
        var other = run.Join("b", hello => hello.NumericClass = "class b");
        run.Request(other);
        var lease = other.ScoreLeases.Single();

        for (var window = (int)lease.FirstWindow; window < 8; window++)
            run.Say(other, CoreHarness.Report(lease.Fence, window, [0], [1f], "class b"));

        Assert.Single(run.Events.OfType<RunEvent.Warning>());
    }
}
