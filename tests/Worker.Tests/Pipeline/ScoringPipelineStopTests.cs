using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Pipeline;

public sealed class ScoringPipelineStopTests : IDisposable
{
    private static readonly string[] Texts = PipelineBench.Texts(400);

    private readonly PipelineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Shrink_MidFile_DropsTheWindowsThatWentAway()
    {
        var task = PipelineBench.TaskOver(Texts);
        // The second window's first batch: what the device has been given before the news is scored all the same.
        _bench.Scorer.Scoring = _ =>
        {
            if (_bench.Sink.Windows.Count == 1)
                task.Shrink(3);
        };

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(PipelineBench.Expected(Texts, row => row < 24), _bench.Sink.Scores(task));
        Assert.Equal(0, _bench.Pipeline.WindowsInMemory);
    }

    [Fact]
    public async Task Shrink_BelowTheWindowInWork_EndsAfterTheBatchInFlight()
    {
        var task = PipelineBench.TaskOver(Texts);
        _bench.Scorer.Scoring = _ =>
        {
            if (_bench.Scorer.Batches == 1)
                task.Shrink(0);
        };

        Assert.Null(await _bench.RunAsync(task));

        Assert.Single(_bench.Sink.Batches);
    }

    [Fact]
    public void Shrink_ToMore_ChangesNothing()
    {
        var task = PipelineBench.TaskOver(Texts, endWindow: 5);
        task.Shrink(7);
        Assert.Equal(5, task.EndWindow);
    }

    [Fact]
    public async Task Stop_WhileScoring_DeliversTheBatchInFlightAndNoMore()
    {
        var task = PipelineBench.TaskOver(Texts);
        _bench.Scorer.Scoring = _ =>
        {
            if (_bench.Scorer.Batches == 5)
                task.Stop();
        };

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(5, _bench.Sink.Batches.Count);
        Assert.Equal(0, _bench.Pipeline.WindowsInMemory);
    }

    [Fact]
    public async Task Stop_WhileReading_EndsTheTask()
    {
        ScoreTask task = null!;
        task = PipelineBench.TaskOver(Texts, reading: row =>
        {
            if (row == 30)
                task.Stop();
        });

        Assert.Null(await _bench.RunAsync(task));

        Assert.True(_bench.Sink.Scores(task).Count <= 30);
        Assert.Equal(0, _bench.Pipeline.WindowsInMemory);
    }

    [Fact]
    public async Task Stop_BeforeItsTurn_OpensNothing()
    {
        var task = PipelineBench.TaskOver(Texts, reading: _ => Assert.Fail("was opened"));
        task.Stop();

        Assert.Null(await _bench.RunAsync(task));

        Assert.Empty(_bench.Sink.Batches);
    }

    [Fact]
    public async Task Reader_AheadOfTheDevice_HoldsAtMostThreeWindows()
    {
        var most = 0;
        using var scoring = new SemaphoreSlim(0);
        _bench.Scorer.Scoring = _ =>
        {
            scoring.Wait(TestContext.Current.CancellationToken);
            most = Math.Max(most, _bench.Pipeline.WindowsInMemory);
            scoring.Release();
        };
        var task = PipelineBench.TaskOver(Texts, endWindow: 12);
        _bench.Pipeline.Add(task);

        // The device has not scored anything yet: the reader runs into the bound.
        Assert.True(SpinWait.SpinUntil(() => _bench.Pipeline.WindowsInMemory == 3, TimeSpan.FromMinutes(1)));
        Assert.True(task.ReadingWindow <= 3);
        scoring.Release();
        Assert.Null(await _bench.Sink.EndOf(task));

        Assert.Equal(3, most);
    }

    [Fact]
    public async Task NextTask_IsReadWhileTheLastOneIsScored()
    {
        using var gate = new Gate();
        _bench.Scorer.Scoring = _ => gate.Pass();
        var first = PipelineBench.TaskOver(PipelineBench.Texts(8));
        var second = PipelineBench.TaskOver(PipelineBench.Texts(8));
        _bench.Pipeline.Add(first);
        _bench.Pipeline.Add(second);

        await _bench.Sink.ReadOf(first);
        Assert.True(SpinWait.SpinUntil(() => _bench.Pipeline.WindowsInMemory == 2, TimeSpan.FromMinutes(1)));

        gate.Open();
        Assert.Null(await _bench.Sink.EndOf(second));
    }

    [Fact]
    public async Task Dispose_WithTasksInside_ReportsThemAsEnded()
    {
        using var gate = new Gate();
        var bench = new PipelineBench();
        bench.Scorer.Scoring = _ => gate.Pass();
        var running = PipelineBench.TaskOver(Texts);
        var waiting = PipelineBench.TaskOver(Texts);
        bench.Pipeline.Add(running);
        bench.Pipeline.Add(waiting);
        gate.WaitUntilReached();

        var disposing = Task.Run(bench.Dispose, TestContext.Current.CancellationToken);
        gate.Open();
        await disposing;

        Assert.Null(await bench.Sink.EndOf(running));
        Assert.Null(await bench.Sink.EndOf(waiting));
    }
}
