using FineWebTorch.Coordinator.Commands;

namespace FineWebTorch.Coordinator.Tests.Commands;

public sealed class WorkerLivesTests
{
    private readonly FakeTime _time = new();
    private long _progress;

    [Fact]
    public void End_TheSameFiveTimes_IsTheLast()
    {
        var lives = Lives();
        for (var life = 1; life <= 5; life++)
        {
            Assert.False(lives.EndAlike);
            Live(lives, 134, $"life {life} was the last line before the signal");
        }

        Assert.True(lives.EndAlike);
    }

    [Fact]
    public void End_WordsThatDifferInNumbersAlone_AreTheSame()
    {
        var lives = Lives();
        for (var life = 1; life <= 5; life++)
            Live(lives, 1, $"lease {life * 1000} of 4fe0ab3{life}c9: the device is lost");
        Assert.True(lives.EndAlike);
    }

    [Fact]
    public void End_OfAnotherKindBetween_BeginsAnew()
    {
        var lives = Lives();
        for (var life = 1; life <= 20; life++)
            Live(lives, 1, life % 5 == 0 ? "the disk is away" : "the device is lost");
        Assert.False(lives.EndAlike);
    }

    [Fact]
    public void End_TheSameWhileTheRunGetsOn_IsNeverTheLast()
    {
        var lives = Lives();
        for (var life = 1; life <= 100; life++)
        {
            // As of a document that ends every process: half of the window between two deaths.
            _progress += life % 4 == 0 ? 1 : 0;
            Live(lives, 139, "it said nothing");
            Assert.False(lives.EndAlike);
        }
    }

    [Fact]
    public void Pause_Grows_ToAMinuteAndBeginsAnewAfterAHealthyLife()
    {
        var lives = Lives();
        var pauses = new List<double>();
        for (var life = 1; life <= 9; life++)
        {
            Live(lives, life, "whatever");
            pauses.Add(lives.Pause.TotalSeconds);
        }

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 32, 60, 60], pauses);
        Live(lives, 1, "whatever", TimeSpan.FromMinutes(1));
        Assert.Equal(0.5, lives.Pause.TotalSeconds);
    }

    private WorkerLives Lives() => new(() => _progress, _time, () => 1);

    private void Live(WorkerLives lives, int exitCode, string lastLine, TimeSpan length = default)
    {
        lives.Begin();
        _time.Advance(length);
        lives.End(exitCode, lastLine);
    }
}
