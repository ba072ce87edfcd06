using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Pipeline;

public sealed class DeviceClockTests
{
    private readonly ManualTime _time = new();
    private readonly PipelineStatistics _statistics = new();
    private readonly DeviceClock _clock;

    public DeviceClockTests() => _clock = new DeviceClock(_statistics, _time);

    [Fact]
    public void Device_WithoutABatch_WaitsForWhatTheReadingThreadDoes()
    {
        _clock.TaskAdded();
        _clock.WaitForBatch(() =>
        {
            Pass(1);
            _clock.Tokenize(() => Pass(2));
            Pass(4);
            return 0;
        });
        Pass(8);

        Assert.Equal((5, 2, 0), Waits());
    }

    [Fact]
    public void Device_WithoutATask_WaitsForNothing()
    {
        _clock.WaitForBatch(() =>
        {
            Pass(1);
            _clock.TaskAdded();
            Pass(2);
            _clock.TaskEnded();
            Pass(4);
            return 0;
        });

        Assert.Equal((2, 0, 0), Waits());
    }

    [Fact]
    public void Device_WithoutATask_WaitsForTheNetworkWhileAnInputIsFetched()
    {
        _clock.FetchBegun();
        _clock.WaitForBatch(() =>
        {
            Pass(1);
            _clock.TaskAdded();
            Pass(2); // of the file before
            _clock.TaskEnded();
            Pass(4);
            _clock.FetchEnded();
            Pass(8);
            return 0;
        });

        Assert.Equal((2, 0, 0), Waits());
        Assert.Equal(5, _statistics.Totals.NetworkWait.TotalSeconds);
    }

    [Fact]
    public void Device_WithBatchesInFlight_WaitsOnlyAfterTheLast()
    {
        _clock.TaskAdded();
        _clock.BatchBegun();
        _clock.BatchBegun();
        _clock.WaitForBatch(() =>
        {
            Pass(1);
            _clock.BatchEnded();
            Pass(2);
            _clock.BatchEnded();
            Pass(4);
            return 0;
        });

        Assert.Equal((4, 0, 0), Waits());
    }

    [Fact]
    public void Device_WhoseResultsNobodyTakes_WaitsForTheWriter()
    {
        _clock.TaskAdded();
        _clock.BatchBegun();
        _clock.Write(() => Pass(1));
        _clock.WaitForRoom(() =>
        {
            Pass(2); // the device computes
            _clock.Write(() => Pass(4));
        });

        Assert.Equal((0, 0, 4), Waits());
    }

    [Fact]
    public void Tokenizer_ThatThrows_IsNotWaitedForBeyond()
    {
        _clock.TaskAdded();
        Assert.Throws<InvalidOperationException>(() => _clock.Tokenize(() => throw new InvalidOperationException()));
        _clock.WaitForBatch(() =>
        {
            Pass(1);
            return 0;
        });

        Assert.Equal((1, 0, 0), Waits());
    }

    private void Pass(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private (double Reader, double Tokenizer, double Writer) Waits()
    {
        var totals = _statistics.Totals;
        return (totals.ReaderWait.TotalSeconds, totals.TokenizerWait.TotalSeconds, totals.WriterWait.TotalSeconds);
    }
}
