using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>What is counted of a run's files.</summary>
public sealed class RunFilesTests
{
    private readonly SchedulingBench _bench = new((40, 100), (8, 100), (12, 100));

    private RunFiles Files => _bench.State.Files;

    [Fact]
    public void Troubled_AreOpenFilesWithFailedAttempts()
    {
        var attempt = new FailedAttempt("a", "a", "it fell over");
        Files[1].Add(attempt, default);
        Files[2].Add(attempt, default);
        Assert.Equal([1, 2], Files.Troubled);

        Files[1].Forget(_ => true);
        Files[2].Fail("it is broken");

        Assert.Empty(Files.Troubled);
    }

    [Fact]
    public void Vanishing_AreOpenFilesOverWhichWorkersWereLost()
    {
        Files[0].NoteLost(default);
        Files[2].NoteLost(default);
        Assert.Equal([0, 2], Files.Vanishing);

        Files[0].NoteProgress("a");
        Files[2].Fail("it is broken");

        Assert.Empty(Files.Vanishing);
    }

    [Fact]
    public void InWork_CountsFilesAndNotLeases()
    {
        Assert.Equal(0, Files.InWork);
        var worker = _bench.Worker("a");
        var (one, two) = (_bench.Score(worker, 0, 3), _bench.Score(worker, 3, 6));
        var other = _bench.Score(worker, 0, 1, file: 1);
        Assert.Equal(2, Files.InWork);

        _bench.State.Remove(one);
        Assert.Equal(2, Files.InWork);
        _bench.State.Remove(two);
        _bench.State.Remove(other);

        Assert.Equal(0, Files.InWork);
    }

    [Fact]
    public void Failed_IsCountedOutAndInAgain()
    {
        Files[0].Totals.Add(new FileTotalsRecord(0, 10, 40, 3, 2, 500, []));
        Assert.Equal((60, 3, 0, 0), (Files.Rows, Files.Open, Files.Ended, Files.TotalsOfFailed.Rows));

        Files[0].Fail("it is broken");
        Assert.Equal(
            (20, 2, 1, 40, 500), (Files.Rows, Files.Open, Files.Ended, Files.TotalsOfFailed.Rows, Files.TotalsOfFailed.Tokens));
        Assert.Equal((1, 2, FileStage.Failed), (Files.CountOf(FileStage.Failed), Files.CountOf(FileStage.Scoring), Files.StageOf(0)));
        Assert.False(Files.AllEnded);

        Files[0].Reopen(Files[0].Record with { Failure = null }, 40, 10);

        Assert.Equal((60, 3, 0, 0), (Files.Rows, Files.Open, Files.Ended, Files.TotalsOfFailed.Rows));
    }

    [Fact]
    public void Done_IsHeldNoMore()
    {
        Files[1].MarkComplete(0);
        Files[1].MarkComplete(1);
        Assert.Equal(1, Files.CountOf(FileStage.Scored));
        Files[1].Take(new ShardRecord(1, "data/train-1.parquet", 7, 100, "digest", 8, 3, 0, [], Done: true));

        Assert.Equal((null, FileStage.Done, true), (Files.Find(1), Files.StageOf(1), Files.IsDone(1)));
        Assert.Equal((1, 0, 60, 2), (Files.CountOf(FileStage.Done), Files.CountOf(FileStage.Scored), Files.Rows, Files.Open));
        Assert.Equal([0, 2], Files.Held.Select(file => file.Index));
        Assert.Contains("file 1 is done", Assert.Throws<InvalidOperationException>(() => Files[1]).Message, StringComparison.Ordinal);
        Assert.False(Files.IsDone(0));
        Assert.False(Files.IsDone(3));
    }

    [Fact]
    public void AllEnded_IsWhenNoneIsOpen()
    {
        for (var file = 0; file < 3; file++)
            Files[file].Fail("it is broken");

        Assert.True(Files.AllEnded);
        Assert.Equal((0, 0), (Files.Open, Files.Rows));
    }
}
