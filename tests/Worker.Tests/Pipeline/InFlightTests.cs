using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Pipeline;

/// <summary>The pipeline before a device that computes beside the host and takes three batches.</summary>
public sealed class InFlightTests : IDisposable
{
    private static readonly string[] Texts = PipelineBench.Texts(400);

    private readonly PipelineBench _bench = new(inFlight: 3);
    private readonly ManualResetEventSlim _device = new();

    public InFlightTests() =>
        _bench.Scorer.Waiting = _ => _device.Wait(TestContext.Current.CancellationToken);

    public void Dispose()
    {
        _device.Set();
        _bench.Dispose();
        _device.Dispose();
    }

    [Fact]
    public async Task Device_GetsItsBatchesBeforeTheFirstIsDone_AndNoMore()
    {
        var (inFlight, most) = (0, 0);
        var waiting = _bench.Scorer.Waiting;
        _bench.Scorer.Scoring = _ => most = Math.Max(most, Interlocked.Increment(ref inFlight));
        _bench.Scorer.Waiting = batch =>
        {
            waiting(batch);
            Interlocked.Decrement(ref inFlight);
        };
        var task = PipelineBench.TaskOver(Texts);
        _bench.Pipeline.Add(task);
        UntilBegun(3);
        _device.Set();
        Assert.Null(await _bench.Sink.EndOf(task));

        Assert.Equal(3, most);
        Assert.Equal(PipelineBench.Expected(Texts), _bench.Sink.Scores(task));
    }

    [Fact]
    public async Task Batches_AreTheSameAndInTheSameOrder_HoweverManyAreInFlight()
    {
        _device.Set();
        var three = PipelineBench.TaskOver(Texts);
        Assert.Null(await _bench.RunAsync(three));
        using var bench = new PipelineBench(inFlight: 1);
        var one = PipelineBench.TaskOver(Texts);
        Assert.Null(await bench.RunAsync(one));

        Assert.Equal(BatchesOf(bench, one), BatchesOf(_bench, three));
    }

    [Fact]
    public async Task Stop_DeliversTheBatchesInFlightAndNoMore()
    {
        var task = PipelineBench.TaskOver(Texts);
        _bench.Pipeline.Add(task);
        UntilBegun(3);

        task.Stop();
        _device.Set();

        Assert.Null(await _bench.Sink.EndOf(task));
        Assert.Equal(3, _bench.Sink.Batches.Count);
        Assert.Equal(3, _bench.Scorer.Batches);
        Assert.Equal(0, _bench.Pipeline.WindowsInMemory);
    }

    [Fact]
    public async Task Dispose_HandsTheScoresOfTheBatchesInFlightOn()
    {
        var bench = new PipelineBench(inFlight: 3);
        bench.Scorer.Waiting = _bench.Scorer.Waiting;
        var task = PipelineBench.TaskOver(Texts);
        bench.Pipeline.Add(task);
        Assert.True(SpinWait.SpinUntil(() => bench.Scorer.Batches == 3, TimeSpan.FromMinutes(1)));

        var disposing = Task.Run(bench.Dispose, TestContext.Current.CancellationToken);
        _device.Set();
        await disposing;

        Assert.Null(await bench.Sink.EndOf(task));
        Assert.True(bench.Sink.Batches.Count >= 3);
        Assert.Equal(bench.Scorer.Batches, bench.Sink.Batches.Count);
    }

    [Fact]
    public async Task Device_FailingInFlight_FailsItsTaskAlone()
    {
        var waits = 0;
        _bench.Scorer.Waiting = _ =>
        {
            if (++waits == 2)
                throw new InvalidOperationException("device");
        };

        await _bench.FirstTaskFailsAloneAsync(Texts);
    }

    [Fact]
    public async Task Window_OfAStoppedTask_IsNotReportedAsScored()
    {
        _device.Set();
        var task = PipelineBench.TaskOver(Texts);
        _bench.Scorer.Scoring = _ => task.Stop();

        Assert.Null(await _bench.RunAsync(task));

        Assert.Empty(_bench.Sink.Windows);
    }

    [Fact]
    public async Task Sink_ThatThrows_FailsItsTask()
    {
        _device.Set();
        _bench.Sink.Scored = (_, _) => throw new IOException("nobody listens");
        var task = PipelineBench.TaskOver(Texts);

        Assert.Equal("nobody listens", (await _bench.RunAsync(task))?.Message);

        Assert.Empty(_bench.Sink.Windows);
        Assert.Equal(0, _bench.Pipeline.WindowsInMemory);
    }

    [Fact]
    public async Task Use_OfAPackedTask_HasNoPositionWithoutAToken()
    {
        _device.Set();
        var task = PipelineBench.TaskOver(Texts);

        Assert.Null(await _bench.RunAsync(task));

        var totals = task.DeviceUse!.Totals;
        Assert.Equal(Texts.Sum(text => text.Length + 2), totals.Tokens);
        Assert.Equal(totals.Tokens, totals.Positions);
        Assert.Equal(0, task.DeviceUse.Padding);
    }

    private static List<(int Window, string Rows)> BatchesOf(PipelineBench bench, ScoreTask task) => [..
        bench.Sink.Batches.Where(item => item.Task == task)
        .Select(item => (item.Batch.Window, string.Join(',', item.Batch.Rows)))];

    private void UntilBegun(int batches) => Assert.True(
        SpinWait.SpinUntil(() => _bench.Scorer.Batches == batches, TimeSpan.FromMinutes(1)));
}
