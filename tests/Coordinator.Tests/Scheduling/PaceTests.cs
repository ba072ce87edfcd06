using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

public sealed class PaceTests
{
    [Fact]
    public void Pace_NothingSeen_KnowsNothing()
    {
        var pace = new Pace(new Pace());

        Assert.Equal(0, pace.PerSecond);
        Assert.Null(pace.Piece);
        Assert.Null(pace.SecondsFor(1));
        Assert.Null(new Pace().SecondsFor(1, evidence: 1));
    }

    [Fact]
    public void Pace_OnePiece_IsItsOwn()
    {
        var pace = new Pace();
        pace.Note(10, 5);

        Assert.Equal((2, (10, 5), 2), (pace.PerSecond, pace.Piece!.Value, pace.SecondsFor(4)!.Value));
    }

    [Fact]
    public void Pace_OldWork_CountsLessByTheWorkSince()
    {
        var pace = new Pace();
        pace.Note(600, 100);
        pace.Note(50, 300);

        Assert.Equal((50 + (600 / Math.E)) / (300 + (100 / Math.E)), pace.PerSecond, 1e-9);
        var (amount, seconds) = pace.Piece!.Value;
        Assert.Equal((50 + (600 / Math.E)) / (1 + (1 / Math.E)), amount, 1e-9);
        Assert.Equal((300 + (100 / Math.E)) / (1 + (1 / Math.E)), seconds, 1e-9);
    }

    /// <summary>Two batches that came in one message are one piece.</summary>
    [Fact]
    public void Pace_WorkThatTookNoTime_IsNoPieceOfItsOwn()
    {
        var pace = new Pace();
        pace.Note(10, 5);
        pace.Note(20, 0);

        Assert.Equal((6, (30, 5)), (pace.PerSecond, pace.Piece!.Value));
    }

    [Fact]
    public void Pace_OfOneThatHasShownTooLittle_IsThatOfAll()
    {
        var all = new Pace();
        new Pace(all).Note(10, 9);
        var fresh = new Pace(all);
        Assert.Equal((0, (10, 9), 0.9), (fresh.PerSecond, fresh.Piece!.Value, fresh.SecondsFor(1)!.Value));

        fresh.Note(10, 1);

        Assert.Equal(1, fresh.SecondsFor(10, evidence: 10)!.Value, 1e-9);
        Assert.Equal(all.SecondsFor(10)!.Value, fresh.SecondsFor(10, evidence: 11)!.Value, 1e-9);
        Assert.InRange(all.SecondsFor(10)!.Value, 4.9, 5);
        Assert.Equal((10, 1), fresh.Piece!.Value);
    }

    [Fact]
    public void Paces_OfAWorker_TellThoseOfAllEachOfItsKind()
    {
        var all = new Paces();
        var worker = new Paces(all);
        worker.Scoring.Note(1, 1);
        worker.Fetching.Note(2, 1);
        worker.Building.Note(3, 1);

        Assert.Equal((1, 2, 3), (all.Scoring.PerSecond, all.Fetching.PerSecond, all.Building.PerSecond));
    }
}
