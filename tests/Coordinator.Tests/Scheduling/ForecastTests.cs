using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>When scores would be there. Windows have four rows: twenty rows a second are five windows.</summary>
public sealed class ForecastTests
{
    private readonly SchedulingBench _bench = new((40, 8000), (80, 8000), (2, 8000));

    [Fact]
    public void FromScratch_IsFetchingAndScoring()
    {
        var worker = _bench.Worker("a", rows: 20, bytes: 100);

        Assert.Equal(81, Forecast.FromScratch(worker, _bench.File, windows: 5)!.Value, 1e-9);
        Assert.Equal(0.2, Forecast.OfWindow(worker, _bench.File)!.Value, 1e-9);
        Assert.Equal(0.1, Forecast.OfWindow(worker, _bench.State.Files[2])!.Value, 1e-9);
    }

    [Fact]
    public void Forecast_NobodyHasScoredAnything_ThereIsNone()
    {
        var worker = _bench.Worker("a", bytes: 100);
        _bench.Score(worker, 0, 10, file: 1);
        var lease = _bench.Score(worker, 0, 10);

        Assert.Null(Forecast.FromScratch(worker, _bench.File, windows: 5));
        Assert.Null(Forecast.Ahead(_bench.State, lease));
        Assert.Null(Forecast.OfHeldWindow(_bench.State, lease));
    }

    [Fact]
    public void Ahead_IsWhatWasGivenBeforeOrTheRestOfFetching()
    {
        var worker = _bench.Worker("a", rows: 20, bytes: 100);
        var earlier = _bench.Score(worker, 0, 20, file: 1);
        for (var window = 0; window < 4; window++)
            _bench.State.Files[1].MarkComplete(window);
        var lease = _bench.Score(worker, 0, 10);
        _bench.Score(worker, 0, 1, file: 2);

        Assert.Equal([earlier], Forecast.Earlier(worker, lease));
        Assert.Equal(80, Forecast.Ahead(_bench.State, lease)!.Value, 1e-9);
        _bench.Now = 79;
        Assert.Equal(16 * 0.2, Forecast.Ahead(_bench.State, lease)!.Value, 1e-9);
    }

    [Fact]
    public void Ahead_ShardsToBuild_KeepNobodyFromScoring()
    {
        var worker = _bench.Worker("a", rows: 20);
        _bench.Build(worker, file: 1);

        Assert.Equal(0, Forecast.Ahead(_bench.State, _bench.Score(worker, 0, 10)));
    }

    /// <summary>Half the heartbeats' time-out before anything has come, five seconds afterwards.</summary>
    [Theory]
    [InlineData(false, 15.0, null)]
    [InlineData(false, 15.5, 15.5)]
    [InlineData(true, 5.0, null)]
    [InlineData(true, 5.5, 5.5)]
    public void Silence_LongerThanUsual_IsTold(bool hasBegun, double after, double? silence)
    {
        var worker = _bench.Worker("a", rows: 1);
        _bench.Now = 100;
        var lease = _bench.Score(worker, 0, 10);
        if (hasBegun)
            lease.NoteStored(_bench.State.Now);

        _bench.Now = 100 + after;

        Assert.Equal(silence, Forecast.SilenceOf(_bench.State, lease));
        Assert.Equal(silence is { } seconds ? seconds * 4 : 4, Forecast.OfHeldWindow(_bench.State, lease)!.Value, 1e-9);
    }

    [Theory]
    [InlineData(18, null)]
    [InlineData(18.5, 18.5)]
    public void Silence_OfAWorkerWithLargeBatches_IsThreeTimesOne(double after, double? silence)
    {
        var worker = _bench.Worker("a");
        worker.Paces.Scoring.Note(8, 6);
        var lease = _bench.Score(worker, 0, 10);
        lease.NoteStored(_bench.State.Now);

        _bench.Now = after;

        Assert.Equal(silence, Forecast.SilenceOf(_bench.State, lease));
        // A batch holds two windows, so that one window takes as long as a batch.
        Assert.Equal(silence ?? 3, Forecast.OfHeldWindow(_bench.State, lease)!.Value, 1e-9);
    }

    [Fact]
    public void Silence_OfALeaseThatIsNotItsTurn_SaysNothing()
    {
        var worker = _bench.Worker("a", rows: 20);
        _bench.Score(worker, 0, 10, file: 1);
        var lease = _bench.Score(worker, 0, 10);

        _bench.Now = 1000;

        Assert.Null(Forecast.SilenceOf(_bench.State, lease));
    }

    /// <summary>Scores of another lease show that the device is well.</summary>
    [Fact]
    public void Silence_CountsFromTheWorkersLastScores()
    {
        var worker = _bench.Worker("a", rows: 1);
        var lease = _bench.Score(worker, 0, 10);
        lease.NoteStored(_bench.State.Now);
        var other = _bench.Score(worker, 0, 10, file: 1);
        _bench.Now = 10;
        worker.NoteStored(new BatchRecord(1, 0, [0], [1], "cpu", 8), other, _bench.State.Now);
        Assert.Null(Forecast.SilenceOf(_bench.State, lease));

        _bench.Now = 1000;

        Assert.Equal(990, Forecast.SilenceOf(_bench.State, lease));
    }

    /// <summary>A worker known to be slow is not thought to be faster for having been silent.</summary>
    [Fact]
    public void OfHeldWindow_OfASlowWorkerThatIsSilent_IsItsUsual()
    {
        var worker = _bench.Worker("a");
        worker.Paces.Scoring.Note(4, 100);
        var lease = _bench.Score(worker, 0, 10);
        _bench.Now = 20;

        Assert.Equal(20, Forecast.SilenceOf(_bench.State, lease));
        Assert.Equal(100, Forecast.OfHeldWindow(_bench.State, lease)!.Value, 1e-9);
    }
}
