using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>How a run stands, for those who watch it and at its end.</summary>
public sealed class SnapshotTests
{
    [Fact]
    public void Workers_AreNamedInOrderWithWhatTheyDo()
    {
        using var run = new CoreHarness(8, 0);
        var (second, first) = (run.Join("b"), run.Join("a", hello => hello.DeviceName = "A processor"));
        run.Request(second);
        run.Request(second);
        run.Score(second, second.ScoreLeases.Single(), 0);

        var snapshot = run.Core.Snapshot(run.Now);

        Assert.Equal(["a", "b"], snapshot.Workers.Select(worker => worker.Name));
        var (idle, busy) = (snapshot.Workers[0], snapshot.Workers[1]);
        Assert.Equal(("A processor", "", true, 0L), (idle.Device, idle.Doing, idle.Connected, idle.Rows));
        Assert.Equal(4, busy.Rows);
        Assert.Equal(
            [("0.parquet", false, 4L, 8L), (run.Core.Files[1].Record.ShardName, true, 0L, 0L)],
            busy.Work.OrderBy(work => work.IsBuild).Select(work => (work.File, work.IsBuild, work.RowsScored, work.Rows)));
        Assert.Contains("0.parquet 4/8 rows", busy.Doing, StringComparison.Ordinal);
        Assert.Contains($"writing {run.Core.Files[1].Record.ShardName}", busy.Doing, StringComparison.Ordinal);
        Assert.Equal((2, 2, 0), (snapshot.Sessions, snapshot.FilesInWork, snapshot.Awaited));
        Assert.NotNull(first);
    }

    [Fact]
    public void Files_ThatHaveFailed_AreInNoCountButTheirOwnAndInWhatWasComputed()
    {
        using var run = new CoreHarness(8, 8, 0);
        var session = run.Join("a");
        run.Request(session);
        run.Request(session);
        run.Request(session);
        run.Score(session, session.ScoreLeases.First(), 0);
        run.Score(session, session.ScoreLeases.Last(), 0);
        run.Deliver(session.BuildLeases.Single());

        var before = run.Core.Snapshot(run.Now);
        Ask(run, new ControlRequest.Skip(new NamePatterns(["0.parquet"])));
        var after = run.Core.Snapshot(run.Now);

        Assert.Equal((3, 1, 0, 16L, 8L), (before.Files, before.FilesDone, before.FilesFailed, before.Rows, before.RowsScored));
        Assert.Equal((3, 1, 1, 8L, 4L), (after.Files, after.FilesDone, after.FilesFailed, after.Rows, after.RowsScored));
        Assert.Equal((40L, 40L, 4L), (after.Tokens, after.TokensInFailed, after.RowsInFailed));
        Assert.Equal((before.RowsComputed, before.TokensComputed), (after.RowsComputed, after.TokensComputed));
        Assert.Equal(80, after.TokensComputed);
        Assert.Equal(run.Core.Files[1].Totals.Kept, after.Kept);
        Assert.Equal(run.Core.Files[1].Totals.Unscorable, after.Unscorable);
        var lost = run.Core.Files[0].Totals;
        Assert.Equal((lost.Kept, lost.Unscorable), (before.Kept - after.Kept, before.Unscorable - after.Unscorable));
    }

    [Fact]
    public void Workers_ThatGetNoWorkOrLeave_AreNamed()
    {
        using var run = new CoreHarness(8, 8);
        var (sick, leaving) = (run.JoinIdle("sick"), run.JoinIdle("leaving"));
        run.Say(sick, new WorkerMessage
        {
            LeaseEnded = new LeaseEnded { Fence = 1, Outcome = Outcome.Failed, Fault = Fault.Device, Reason = "lost" },
        });
        Ask(run, new ControlRequest.Drain(new NamePatterns(["leaving"])));
        Ask(run, new ControlRequest.Ban(new NamePatterns(["x*"])));

        var snapshot = run.Core.Snapshot(run.Now);

        Assert.Equal([new QuarantinedWorker("sick", "its device has failed: lost")], snapshot.Quarantined);
        Assert.Equal("its device has failed: lost", snapshot.Workers.Single(one => one.Name == "sick").Quarantine);
        Assert.Equal([("leaving", true), ("sick", false)], snapshot.Workers.Select(one => (one.Name, one.Leaving)));
        Assert.Equal(["x*"], snapshot.Banned);
        Assert.StartsWith("no healthy worker is left", snapshot.Standstill, StringComparison.Ordinal);
        Assert.False(snapshot.Paused);
        Assert.NotNull(leaving);
    }

    [Fact]
    public void Standstill_NamesThreeOfTheSickInOrder()
    {
        using var run = new CoreHarness(8, 8, 8, 8);
        foreach (var name in (string[])["d", "b", "c", "a"])
        {
            var sick = run.JoinIdle(name);
            run.Say(sick, new WorkerMessage
            {
                LeaseEnded = new LeaseEnded
                {
                    Fence = sick.ScoreLeases.Single().Fence,
                    Outcome = Outcome.Failed,
                    Fault = Fault.Device,
                    Reason = name,
                },
            });
        }

        Assert.Equal(
            "no healthy worker is left: 4 workers quarantined; a: its device has failed: a; b: its device has failed: b; " +
            "c: its device has failed: c",
            run.Core.Standstill);
        Assert.Equal(["a", "b", "c", "d"], run.Core.Snapshot(run.Now).Quarantined.Select(one => one.Worker));
    }

    [Fact]
    public void Summary_HasTheShardsTheRatesAndWhatFailed()
    {
        using var run = new CoreHarness(8, 4, 8);
        var session = run.JoinIdle("a");
        run.Request(session);
        run.Request(session);
        run.Score(session, session.ScoreLeases.Single(lease => lease.File.Index == 0), 0);
        var four = session.ScoreLeases.Single(lease => lease.File.Index == 1);
        run.Score(session, four, 0);
        run.End(session, four.Fence, Outcome.Completed);
        run.Request(session);
        run.Request(session);
        run.Deliver(session.BuildLeases.Single());
        Ask(run, new ControlRequest.Skip(new NamePatterns(["0.parquet"])));

        var summary = Summarize(run, before: (2, 30), seconds: 4);

        Assert.Equal(("interrupted", "run-1", "/run", "/out", "a/model"), (summary.State, summary.RunId, summary.RunFolder, summary.Output, summary.Model));
        Assert.Equal((3, 1, 12L, 4L), (summary.Files, summary.FilesDone, summary.Rows, summary.RowsScored));
        Assert.Equal([new RunSummary.FailedFile("0.parquet", "skipped by a person")], summary.FilesFailed);
        // 8 rows and 80 tokens, those of the failed file among them, less those of before.
        Assert.Equal((6L, 4.0, 1.5, 12.5), (summary.RowsScoredNow, summary.Seconds, summary.DocumentsPerSecond, summary.TokensPerSecond));
        var stored = run.Ledger.ReadFile(1).Shard!;
        Assert.Equal(
            [new RunSummary.FinishedShard(stored.Name, stored.Size, stored.RowsKept, stored.Sha256)], summary.Shards);
        Assert.Equal(4, summary.RowsInFailedFiles);
        Assert.Equal(40, summary.Tokens);
        Assert.Null(summary.Quarantined);
        Assert.Equal((0.0, 0.0), Rates(Summarize(run, before: (0, 0), seconds: 0)));

        static (double, double) Rates(RunSummary summary) => (summary.DocumentsPerSecond, summary.TokensPerSecond);
    }

    [Theory]
    [InlineData(1, 4, "1 of 4 shards is safe on refs/pr/7")]
    [InlineData(2, 4, "2 of 4 shards are safe on refs/pr/7")]
    [InlineData(1, 1, "1 of 1 shard is safe on refs/pr/7")]
    public void Safe_IsSaidOfShards(int shards, int files, string text) =>
        Assert.Equal(text, new SafeShards(shards, "refs/pr/7").Of(files));

    private static RunSummary Summarize(CoreHarness run, (long Rows, long Tokens) before, double seconds) =>
        RunSummary.Create(
            "interrupted", run.Core, run.Ledger, new RunPlaces("/run", "/out", "/out/.staging", "nonce"), before, seconds);

    private static void Ask(CoreHarness run, ControlRequest request)
    {
        var answer = new TaskCompletionSource<ControlAnswer>();
        run.Step(new RunCommand.Control(request, answer));
        Assert.Null(answer.Task.Result.Refusal);
    }
}
