using System.Threading.Channels;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Protos.V1;
using Google.Protobuf;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What waits for the loop is bounded.</summary>
public sealed class CommandQueueTests
{
    private const int Kibibyte = 1 << 10;

    [Fact]
    public async Task Post_BytesAreUsedUp_WaitsUntilSomeAreTaken()
    {
        using var queue = new CommandQueue(capacity: 8);
        await queue.PostAsync(Message(4 * Kibibyte), CancellationToken.None);
        await queue.PostAsync(Message(4 * Kibibyte), CancellationToken.None);

        var third = queue.PostAsync(Message(4 * Kibibyte), CancellationToken.None).AsTask();
        Assert.False(third.IsCompleted);
        Assert.True(queue.TryTake(out _, out var bytes));

        await third;
        Assert.InRange(bytes, 4 * Kibibyte, 5 * Kibibyte);
    }

    [Fact]
    public async Task Post_ManySmallOnes_AreBoundedInNumber()
    {
        using var queue = new CommandQueue(capacity: 8);
        for (var i = 0; i < 8; i++)
            await queue.PostAsync(new RunCommand.Drain(), CancellationToken.None);

        var ninth = queue.PostAsync(new RunCommand.Drain(), CancellationToken.None).AsTask();

        Assert.False(ninth.IsCompleted);
        Assert.True(queue.TryTake(out _, out _));
        await ninth;
    }

    [Fact]
    public async Task Post_LargerThanTheQueue_GoesThroughAlone()
    {
        using var queue = new CommandQueue(capacity: 8);
        await queue.PostAsync(new RunCommand.Drain(), CancellationToken.None);

        var large = queue.PostAsync(Message(100 * Kibibyte), CancellationToken.None).AsTask();
        Assert.False(large.IsCompleted);
        Assert.True(queue.TryTake(out _, out _));

        await large;
    }

    [Fact]
    public async Task Dispose_SomeoneWaitsForRoom_IsToldThatTheRunHasEnded()
    {
        var queue = new CommandQueue(capacity: 1);
        await queue.PostAsync(new RunCommand.Drain(), CancellationToken.None);
        var waiting = queue.PostAsync(new RunCommand.Drain(), CancellationToken.None).AsTask();

        queue.Dispose();

        await Assert.ThrowsAsync<ChannelClosedException>(() => waiting);
        await Assert.ThrowsAsync<ChannelClosedException>(
            () => queue.PostAsync(new RunCommand.Drain(), CancellationToken.None).AsTask());
        Assert.True(queue.TryTake(out _, out _));
        Assert.False(await queue.WaitAsync());
    }

    [Fact]
    public void Tick_OneWaitsAlready_IsNotQueuedAgain()
    {
        using var queue = new CommandQueue();
        queue.PostTick();
        queue.PostTick();

        Assert.True(queue.TryTake(out var first, out _));
        Assert.IsType<RunCommand.Tick>(first);
        Assert.False(queue.TryTake(out _, out _));
        queue.PostTick();
        Assert.True(queue.TryTake(out _, out _));
    }

    private static RunCommand.Received Message(int bytes) => new(new FakeSession(), new WorkerMessage
    {
        Scores = new ScoreReport { Batches = { new ScoredBatch { Scores = ByteString.CopyFrom(new byte[bytes]) } } },
    });
}
