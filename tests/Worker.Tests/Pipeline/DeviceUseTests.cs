using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Pipeline;

public sealed class DeviceUseTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly PipelineStatistics _statistics = new();
    private readonly DeviceUseMeter _meter;
    private readonly ScoreTask _task = PipelineBench.TaskOver([]);

    public DeviceUseTests() => _meter = new DeviceUseMeter(_statistics, _time);

    public void Dispose() => _task.Dispose();

    [Fact]
    public void Batches_ThatWaitForOneAnother_AreNotCountedTwice()
    {
        Add(0, 4);
        Add(1, 7); // begins at 4
        Add(9, 10);

        var use = _meter.Take(_task)!;

        Assert.Equal(10, use.Span.TotalSeconds);
        Assert.Equal(0.8, use.Busy, 1e-9);
        Assert.Equal(8, _statistics.Totals.Busy.TotalSeconds);
    }

    [Fact]
    public void FirstBatch_BehindAnotherTask_BeginsWhereThatEnds()
    {
        using var other = PipelineBench.TaskOver([]);
        Add(0, 6, other);
        Add(1, 8);

        Assert.Equal(2, _meter.Take(_task)!.Span.TotalSeconds);
        Assert.Equal(6, _meter.Take(other)!.Span.TotalSeconds);
    }

    [Fact]
    public void Device_WithAClockOfItsOwn_IsBelieved()
    {
        Add(0, 10, busy: 7);

        Assert.Equal(0.7, _meter.Take(_task)!.Busy, 1e-9);
    }

    [Fact]
    public void Waits_BeforeTheFirstBatch_AreNotTheTasks()
    {
        Wait(5);
        Add(0, 10);
        Wait(2);
        Add(12, 20);
        Wait(3);

        Assert.Equal(0.1, _meter.Take(_task)!.ReaderWait, 1e-9);
    }

    [Fact]
    public void Task_WithoutABatch_HasNoUse()
    {
        Assert.Null(_meter.Take(_task));
        Add(0, 1);
        Assert.NotNull(_meter.Take(_task));
        Assert.Null(_meter.Take(_task));
    }

    [Fact]
    public void Text_NamesEveryShare()
    {
        var use = new DeviceUse(TimeSpan.FromSeconds(200), new PipelineTotals(
            0, 75, 100, TimeSpan.FromSeconds(180), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4),
            TimeSpan.FromSeconds(1)));

        Assert.Equal(
            "device busy 90.0 %, waiting for reader 1.0 %, tokenizer 2.0 %, writer 0.5 %; "
            + "positions without a token 25.0 %",
            use.ToString());
    }

    private void Wait(int seconds) =>
        _statistics.Add(new PipelineTotals { ReaderWait = TimeSpan.FromSeconds(seconds) });

    private void Add(int began, int ended, ScoreTask? task = null, int busy = 0) => _meter.Add(
        task ?? _task, began * TimeSpan.TicksPerSecond, ended * TimeSpan.TicksPerSecond, _statistics.Totals,
        new PipelineTotals { Documents = 1, Busy = TimeSpan.FromSeconds(busy) });
}
