using FineWebTorch.Model;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>Models that give no finite score.</summary>
public sealed class ScoreHealthTests
{
    private static readonly float NotFinite = EduScore.Unscorable(UnscorableReason.NotFinite);

    [Fact]
    public void Scores_FirstThousandNotFinite_TheRunIsHopeless()
    {
        using var run = new CoreHarness(2000);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        for (var window = 0; window < 1000 / Runs.WindowRows; window++)
        {
            Assert.Null(run.Core.Hopelessness);
            run.Score(session, lease.Fence, 0, window, (_, _) => NotFinite);
        }

        Assert.Contains("no finite score", run.Core.Hopelessness, StringComparison.Ordinal);
        Assert.Contains("(1,000)", run.Core.Hopelessness, StringComparison.Ordinal);
        run.Restart();
        Assert.NotNull(run.Core.Hopelessness);
    }

    [Fact]
    public void Scores_AllOfASmallRunNotFinite_NoShardIsBuilt()
    {
        using var run = new CoreHarness(4);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Request(session);
        var noText = EduScore.Unscorable(UnscorableReason.NullText);
        run.Score(session, lease.Fence, 0, 0, (_, row) => row == 1 ? noText : NotFinite);
        run.End(session, lease.Fence, Outcome.Completed);

        Assert.Empty(session.BuildLeases);
        Assert.NotNull(run.Core.Hopelessness);
        run.Restart();
        Assert.Empty(run.JoinIdle("b").BuildLeases);
        Assert.NotNull(run.Core.Hopelessness);
    }

    [Fact]
    public void Scores_OneFiniteAtLast_ShardsAreBuilt()
    {
        using var run = new CoreHarness(4, 4);
        var session = run.JoinIdle("a");
        var first = session.ScoreLeases.Single();
        run.Score(session, first.Fence, 0, 0, (_, _) => NotFinite);
        run.End(session, first.Fence, Outcome.Completed);
        run.Request(session);
        run.Request(session);
        Assert.Empty(session.BuildLeases);
        Assert.Null(run.Core.Hopelessness);

        var second = session.ScoreLeases.Last();
        run.Score(session, second.Fence, 1, 0, (_, row) => row == 3 ? 1.5f : NotFinite);
        run.End(session, second.Fence, Outcome.Completed);
        run.Request(session);
        Assert.Null(run.Core.Hopelessness);
        Assert.Equal(2, session.BuildLeases.Count());
    }

    [Fact]
    public void Scores_TextsMissingThroughout_AreNoFaultOfTheModel()
    {
        using var run = new CoreHarness(4);
        var session = run.JoinIdle("a");
        var lease = session.ScoreLeases.Single();
        run.Request(session);
        run.Score(session, lease.Fence, 0, 0, (_, _) => EduScore.Unscorable(UnscorableReason.NullText));
        run.End(session, lease.Fence, Outcome.Completed);

        Assert.Single(session.BuildLeases);
        Assert.Null(run.Core.Hopelessness);
    }
}
