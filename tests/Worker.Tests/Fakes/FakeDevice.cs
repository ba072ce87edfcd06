using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>
/// A device with room for so many tokens at once, which are held until their batch is done. It computes in manual
/// time; the score is the sum of the ids.
/// </summary>
internal sealed class FakeDevice(ManualTime time, int room) : IScorer
{
    private int _held;

    public string NumericClass => "gpu";

    public bool IsBatchInvariant { get; init; }

    /// <summary>How long the device takes for a batch.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Documents of each batch that it took.</summary>
    public List<int> Taken { get; } = [];

    /// <summary>Tokens of each batch that it refused.</summary>
    public List<int> Refused { get; } = [];

    /// <summary>What computing fails with.</summary>
    public Queue<Exception> Failures { get; } = [];

    /// <summary>What a lack of memory is reported with.</summary>
    public Func<Exception> Full { get; init; } =
        () => new DeviceMemoryException("CUDA out of memory. Tried to allocate 2.00 GiB");

    public PendingScores Begin(PackedBatch batch)
    {
        if (_held + batch.Tokens > room)
        {
            Refused.Add(batch.Tokens);
            throw Full();
        }

        _held += batch.Tokens;
        Taken.Add(batch.Documents);
        return new Pending(this, batch);
    }

    public float ScoreAlone(ReadOnlySpan<int> tokenIds) =>
        _held + tokenIds.Length > room ? throw Full() : tokenIds.ToArray().Sum();

    private void Free(int tokens)
    {
        _held -= tokens;
        time.Advance(Duration);
    }

    private sealed class Pending(FakeDevice device, PackedBatch batch) : PendingScores
    {
        protected override bool IsDone => false;

        protected override ComputedScores Collect()
        {
            device.Free(batch.Tokens);
            if (device.Failures.TryDequeue(out var failure))
                throw failure;
            var starts = batch.CumulativeLengths.ToArray();
            return new ComputedScores([.. Enumerable.Range(0, batch.Documents)
                .Select(i => (float)batch.TokenIds[starts[i]..starts[i + 1]].ToArray().Sum())]);
        }
    }
}
