using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>
/// Notices that shards cannot be written where they are to go. That is neither the files' fault nor the workers': the
/// run stops, its state whole, and says what is needed; no file fails for it.
/// </summary>
/// <param name="next">Hears of all events too.</param>
internal sealed class OutputWatch(RunPlaces places, IRunObserver next) : IRunObserver
{
    /// <summary>Failures of other kinds in a row that are no passing trouble of a file server any more.</summary>
    private const int MostInARow = 3;

    private const int ProbeBytes = 1 << 20;

    private readonly TaskCompletionSource<string> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inARow;

    /// <summary>Ends, with the reason, when the run has to stop.</summary>
    public Task<string> Broken => _broken.Task;

    /// <summary>A shard is in its place.</summary>
    public void Placed() => Interlocked.Exchange(ref _inARow, 0);

    /// <summary>One could not be written there.</summary>
    /// <param name="needed">Its bytes, or about as many.</param>
    public void Failed(Exception failure, long needed)
    {
        if (DiskFaults.IsFull(failure))
            _broken.TrySetResult(FullDisk.Describe(places.Staging, needed, "the next shard"));
        else if (Interlocked.Increment(ref _inARow) >= MostInARow)
            _broken.TrySetResult(
                $"shards cannot be put into {places.Output}: {ErrorLine.Describe(failure).Line.TrimEnd('.')}; no file " +
                "has failed: put it right, then give the same command again");
    }

    public void Observe(RunEvent happened)
    {
        next.Observe(happened);
        if (happened is RunEvent.AttemptFailed { OutputLacks: { } needed } said)
            _ = Task.Run(() => Look(said.Reason, needed));
    }

    /// <summary>What a worker says of this machine's disk is looked at here.</summary>
    /// <param name="reason">In its words.</param>
    /// <param name="needed">In bytes, about.</param>
    public void Look(string reason, long needed)
    {
        try
        {
            if (DiskRoom.Of(places.Staging).Free < needed)
                Failed(new IOException(reason, FullDisk.Code), needed);
            else
                WriteProbe();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Failed(failure, needed);
        }
    }

    /// <summary>A quota may be used up where the disk has room.</summary>
    private void WriteProbe()
    {
        var path = Path.Combine(places.Staging, $".probe-{Guid.NewGuid():N}");
        using var probe = new FileStream(
            path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        probe.Write(new byte[ProbeBytes]);
        probe.Flush(flushToDisk: true);
    }
}
