using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>The rows that a shard is said to hold must be those of the ledger's scores, each kind for itself.</summary>
public sealed class ShardCountTests
{
    private const int Rows = 10;

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(-1, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, -1, 0)]
    [InlineData(0, 0, 1)]
    [InlineData(0, 0, -1)]
    [InlineData(0, 1, -1)]
    [InlineData(1, 1, 0)]
    public void Shard_WithAnyOtherCount_IsRefusedAndTheRightOneTaken(int moreIn, int moreKept, int moreUnscorable)
    {
        using var run = new CoreHarness(Rows);
        var session = run.JoinIdle("a");
        var score = session.ScoreLeases.Single();
        for (var window = 0; window < 3; window++)
            run.Score(session, score, window);
        run.Request(session);
        run.End(session, score.Fence, Outcome.Completed);
        var build = session.BuildLeases.Single();
        var right = new ShardRecord(
            0, build.ShardName, build.Fence, 1, new string('f', 64), Rows,
            Runs.Scores(0, Rows).Count(Runs.Spec.Keep.Keeps), Runs.Scores(0, Rows).Count(float.IsNaN), [], Done: false);

        Assert.NotNull(Prepare(run, right with
        {
            RowsIn = right.RowsIn + moreIn,
            RowsKept = right.RowsKept + moreKept,
            RowsUnscorable = right.RowsUnscorable + moreUnscorable,
        }).Refusal);
        Assert.Empty(run.Ledger.Load()!.Shards);

        Assert.Null(Prepare(run, right).Refusal);
        Assert.Equal(right.RowsKept, Assert.Single(run.Ledger.Load()!.Shards).RowsKept);
    }

    private static PreparedShard Prepare(CoreHarness run, ShardRecord shard)
    {
        var answer = new TaskCompletionSource<PreparedShard>();
        run.Step(new RunCommand.PrepareShard(shard, answer));
        return answer.Task.IsCompleted ? answer.Task.Result : throw new InvalidOperationException("no answer");
    }
}
