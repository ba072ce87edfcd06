using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Tests.Fakes;
using Choice = FineWebTorch.Worker.Devices.BatchesInFlight.Choice;

namespace FineWebTorch.Worker.Tests.Devices;

public sealed class DeviceQueueTests
{
    private static readonly PackedBatch Batch = new([1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 4, 7, 8, 9]);
    private static readonly PackedBatch Small = new([1, 2], [0, 2]);
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

        var batches = Enumerable.Range(0, 3).Select(_ => queue.Begin(Batch)).ToList();

        Assert.Equal([4, 4, 4], device.Taken);
        Assert.All(batches, one => Assert.Equal(Sums, one.Wait()));
        Assert.All(batches, one => Assert.Equal("gpu", one.NumericClass));
    }

    [Fact]
    public void Device_WithRoomForTwo_IsGivenTwoFromThenOn()
    {
        var device = new FakeDevice(_time, room: 20);
        var queue = NewQueue(device);

        var batches = Enumerable.Range(0, 3).Select(_ => queue.Begin(Batch)).ToList();

        Assert.Equal(2, _inFlight.Current);
        Assert.Equal([new Choice(2, 2)], _remembered);
        Assert.Equal([4, 4, 4], device.Taken);
        Assert.All(batches, one => Assert.Equal(Sums, one.Wait()));
        Assert.All(batches, one => Assert.Equal("gpu", one.NumericClass));
    }

    [Fact]
    public void Batch_ThatIsSplitWhereNeighboursChangeNoBit_IsOfTheDevicesClass()
    {
        var device = new FakeDevice(_time, room: 4) { IsBatchInvariant = true };

        var batch = NewQueue(device).Begin(Batch);

        Assert.Equal(Sums, batch.Wait());
        Assert.Equal([1, 1, 2], device.Taken);
        Assert.Equal("gpu", batch.NumericClass);
    }

    [Theory]
    [InlineData(9, new[] { 4 })]
    [InlineData(8, new[] { 2, 2 })]
    [InlineData(7, new[] { 2, 2 })]
    [InlineData(4, new[] { 1, 1, 2 })]
    public void Batch_ThatDoesNotFitAlone_IsSplitUntilItDoes(int room, int[] parts)
    {
        var device = new FakeDevice(_time, room);

        var batch = NewQueue(device).Begin(Batch);

        Assert.Equal(Sums, batch.Wait());
        Assert.Equal(parts.Length > 1 ? "gpu;split" : "gpu", batch.NumericClass);
        Assert.Equal(parts, device.Taken);
    }

    [Fact]
    public void OwnBuffers_ThatCannotBeHad_CountAsMemory()
    {
        var device = new FakeDevice(_time, room: 7) { Full = () => new InsufficientMemoryException() };

        Assert.Equal(Sums, NewQueue(device).Begin(Batch).Wait());
    }

    [Fact]
    public void Size_ThatDoesNotFit_IsNotTriedAgain()
    {
        var device = new FakeDevice(_time, room: 7);
        var queue = NewQueue(device);
        queue.Begin(Batch).Wait();

        Assert.Equal(Sums, queue.Begin(Batch).Wait());

        Assert.Equal([9], device.Refused);
    }

    [Fact]
    public void NumberInFlight_ThatChangesNothing_StaysAsItIs()
    {
        var device = new FakeDevice(_time, room: 7);
        var queue = NewQueue(device);
        var small = queue.Begin(Small);

        var large = queue.Begin(Batch);

        Assert.Empty(_remembered);
        Assert.Equal(3, _inFlight.Current);
        Assert.Equal([1, 2, 2], device.Taken);
        Assert.Equal([3], small.Wait());
        Assert.Equal(Sums, large.Wait());
        Assert.Equal("gpu;split", large.NumericClass);
    }

    [Fact]
    public void Memory_ThatRunsOutWhileTheDeviceComputes_IsTriedAgain()
    {
        var device = new FakeDevice(_time, room: 20);
        device.Failures.Enqueue(new DeviceMemoryException());

        var batch = NewQueue(device).Begin(Batch);

        Assert.Equal(Sums, batch.Wait());
        Assert.Equal("gpu;split", batch.NumericClass);
    }

    [Fact]
    public void Document_ThatDoesNotFit_MeansThatTheDeviceIsOfNoUse()
    {
        var failure = Assert.Throws<DeviceFailedException>(() =>
            NewQueue(new FakeDevice(_time, room: 3)).Begin(new PackedBatch([1, 2, 3, 4], [0, 4])));

        Assert.Contains("a single document of 4 tokens", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_ScoredAlone_WaitsForMemory()
    {
        var queue = NewQueue(new FakeDevice(_time, room: 9));
        var batch = queue.Begin(Batch);

        Assert.Equal(3, queue.ScoreAlone([1, 2]));
        Assert.Equal(Sums, batch.Wait());
        Assert.Throws<DeviceFailedException>(() => queue.ScoreAlone(new int[10]));
    }

    [Fact]
    public void BrokenBatch_InTheWayOfALargeOne_FailsForItsOwnWaiterAlone()
    {
        var device = new FakeDevice(_time, room: 9);
        device.Failures.Enqueue(new DeviceFailedException("an illegal memory access was encountered"));
        var queue = NewQueue(device);
        var broken = queue.Begin(Batch);

        var next = queue.Begin(Batch);

        Assert.Throws<DeviceFailedException>(broken.Wait);
        Assert.Equal(Sums, next.Wait());
    }

    [Fact]
    public async Task Room_IsThereWhenABatchHasBeenWaitedFor()
    {
        var queue = new DeviceQueue(new FakeDevice(_time, room: 100), BatchesInFlight.Always(2), _time);
        queue.WaitForRoom();
        var first = queue.Begin(Batch);
        queue.WaitForRoom();
        queue.Begin(Batch);

        var third = Task.Run(queue.WaitForRoom, TestContext.Current.CancellationToken);
        Assert.False(third.IsCompleted);
        first.Wait();

        await third.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
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

    private DeviceQueue NewQueue(FakeDevice device) => new(device, _inFlight, _time);
}
