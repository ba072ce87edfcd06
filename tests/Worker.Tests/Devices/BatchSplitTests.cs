using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Devices;

/// <summary>What does not fit is halved until it does: no document is lost, scored twice or given another's score.</summary>
public sealed class BatchSplitTests
{
    private const int Longest = 4;
    private readonly ManualTime _time = new();

    public static TheoryData<int> Documents => [.. Enumerable.Range(1, 9), 15, 16, 17, 31, 33];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Batch_SplitToEachDepth_KeepsEveryDocumentInItsPlace(int documents)
    {
        var (batch, sums) = BatchOf(documents);
        for (var room = Longest; room <= batch.Tokens; room++)
        {
            var device = new FakeDevice(_time, room);

            Assert.Equal(sums, NewQueue(device).Begin(batch).Wait());

            Assert.Equal(documents, device.Taken.Sum());
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Memory_ThatRunsOutAgainAndAgain_IsGivenUpForOneDocumentAlone(int documents)
    {
        var (batch, sums) = BatchOf(documents);
        // The whole batch twice, then the first part of each split.
        var mostFailures = 1 + int.Log2(documents);
        for (var failures = 1; failures <= mostFailures; failures++)
            Assert.Equal(sums, Failing(failures, batch).Begin(batch).Wait());

        Assert.Throws<DeviceFailedException>(() => Failing(mostFailures + 1, batch).Begin(batch).Wait());
    }

    /// <summary>Of 1 to 4 tokens, no two alike.</summary>
    private static (PackedBatch Batch, float[] Sums) BatchOf(int documents)
    {
        int[][] tokens = [.. Enumerable.Range(0, documents).Select(
            i => Enumerable.Range((100 * i) + 1, 1 + ((i + 3) % Longest)).ToArray())];
        return (PackedBatch.Of(tokens), [.. tokens.Select(ids => (float)ids.Sum())]);
    }

    /// <summary>A device with room for the batch, where computing fails so often.</summary>
    private DeviceQueue Failing(int failures, PackedBatch batch)
    {
        var device = new FakeDevice(_time, room: batch.Tokens);
        for (var i = 0; i < failures; i++)
            device.Failures.Enqueue(new DeviceMemoryException());
        return NewQueue(device);
    }

    private DeviceQueue NewQueue(FakeDevice device) => new(device, BatchesInFlight.Always(2), _time);
}
