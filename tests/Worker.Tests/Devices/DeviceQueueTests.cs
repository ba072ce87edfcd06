using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Tests.Fakes;
using Choice = FineWebTorch.Worker.Devices.BatchesInFlight.Choice;

namespace FineWebTorch.Worker.Tests.Devices;

public sealed class DeviceQueueTests
{
    private static readonly PackedBatch Batch = new([1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 4, 7, 8, 9]);
    private static readonly float[] Sums = [10, 18, 8, 9];

    private readonly ManualTime _time = new();
    private readonly List<Choice> _remembered = [];
    private readonly BatchesInFlight _inFlight;

    public DeviceQueueTests() => _inFlight = new BatchesInFlight(new Choice(3, 8), _remembered.Add);

    [Fact]
    public void Device_WithRoom_TakesSeveralBatchesAtOnce()
    {
        var device = new FakeDevice(_time, room: 27);
        var queue = NewQueue(device);

        var pending = Enumerable.Range(0, 3).Select(_ => queue.Begin(Batch)).ToList();

        Assert.Equal([4, 4, 4], device.Taken);
        Assert.All(pending, one => Assert.Equal(Sums, one.Wait().Scores));
        Assert.All(pending, one => Assert.Equal("gpu", one.Wait().NumericClass));
    }

    [Fact]
    public void Device_WithRoomForTwo_IsGivenTwoFromThenOn()
    {
        var device = new FakeDevice(_time, room: 20);
        var queue = NewQueue(device);

        var pending = Enumerable.Range(0, 3).Select(_ => queue.Begin(Batch)).ToList();

        Assert.Equal(2, _inFlight.Current);
        Assert.Equal([new Choice(2, 2)], _remembered);
        Assert.Equal([4, 4, 4], device.Taken);
        Assert.All(pending, one => Assert.Equal(Sums, one.Wait().Scores));
        Assert.All(pending, one => Assert.Equal("gpu", one.Wait().NumericClass));
    }

    [Fact]
    public void Batch_ThatDoesNotFitAlone_IsSplitAndSaysSo()
    {
        var device = new FakeDevice(_time, room: 7);
        var pending = NewQueue(device).Begin(Batch);

        Assert.True(pending.IsCompleted);
        Assert.Equal(Sums, pending.Wait().Scores);
        Assert.Equal("gpu;split", pending.Wait().NumericClass);
        Assert.Equal([2, 2], device.Taken);
        Assert.Empty(_remembered);
    }

    [Fact]
    public void LargeBatch_BehindSmallOnes_WaitsForTheirMemoryBeforeItIsSplit()
    {
        var device = new FakeDevice(_time, room: 7);
        var queue = NewQueue(device);
        var small = queue.Begin(new PackedBatch([1, 2], [0, 2]));

        var large = queue.Begin(Batch);

        Assert.Equal([1, 2, 2], device.Taken);
        Assert.Equal([3], small.Wait().Scores);
        Assert.Equal(Sums, large.Wait().Scores);
    }

    [Fact]
    public void Document_ThatDoesNotFit_Fails() => Assert.Throws<DeviceMemoryException>(() =>
        NewQueue(new FakeDevice(_time, room: 3)).Begin(new PackedBatch([1, 2, 3, 4], [0, 4])));

    [Fact]
    public void BrokenBatch_InTheWayOfALargeOne_FailsForItsOwnWaiterAlone()
    {
        var device = new FakeDevice(_time, room: 9) { IsBroken = true };
        var queue = NewQueue(device);
        var broken = queue.Begin(Batch);

        queue.Begin(Batch);

        Assert.Throws<DeviceFailedException>(broken.Wait);
    }

    [Fact]
    public void Times_OfTheFirstBatches_DecideHowManyFollow()
    {
        var device = new FakeDevice(_time, room: 100) { Duration = TimeSpan.FromMilliseconds(20) };
        var queue = NewQueue(device);
        for (var i = 0; i < 8; i++)
            queue.Begin(Batch).Wait();

        // One that computes for 20 ms, and three for the 50 ms in which the host may be held up
        Assert.Equal(4, _inFlight.Current);
    }

    private DeviceQueue NewQueue(FakeDevice device) => new(device.Begin, _inFlight, "gpu", _time);
}
