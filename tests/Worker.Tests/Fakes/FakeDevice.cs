using FineWebTorch.Model;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>
/// A device with room for so many tokens at once, which are held until their batch has been waited for. It computes
/// in manual time; the score is the sum of the ids.
/// </summary>
internal sealed class FakeDevice(ManualTime time, int room)
{
    private int _held;

    /// <summary>How long the device takes for a batch.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Documents of each batch that it took.</summary>
    public List<int> Taken { get; } = [];

    /// <summary>Makes the waits fail.</summary>
    public bool IsBroken { get; set; }

    public PendingScores Begin(PackedBatch batch)
    {
        if (_held + batch.Tokens > room)
            throw new DeviceMemoryException("CUDA out of memory. Tried to allocate 2.00 GiB");
        _held += batch.Tokens;
        Taken.Add(batch.Documents);
        return new Pending(this, batch);
    }

    private sealed class Pending(FakeDevice device, PackedBatch batch) : PendingScores
    {
        protected override bool IsDone => false;

        protected override ComputedScores Collect()
        {
            device._held -= batch.Tokens;
            device.TimePasses();
            if (device.IsBroken)
                throw new DeviceFailedException("CUDA error: an illegal memory access was encountered");
            var starts = batch.CumulativeLengths.ToArray();
            return new ComputedScores([.. Enumerable.Range(0, batch.Documents)
                .Select(i => (float)batch.TokenIds[starts[i]..starts[i + 1]].ToArray().Sum())]);
        }
    }

    private void TimePasses() => time.Advance(Duration);
}
