using FineWebTorch.Common;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>
/// What a worker's failures say of the worker. Each is charged to it first: it is quarantined when they are more
/// likely its own than those of the files, by one of three signs. Its device has failed; it fails again and again, on
/// more than one file; it fails on files that others then do.
/// </summary>
internal sealed class WorkerHealth
{
    /// <summary>Failures in a row that quarantine a worker; one file alone may be at fault itself.</summary>
    public const int MostInARow = 3;

    /// <summary>Failures that others refuted, among its last leases, that quarantine a worker.</summary>
    public const int MostRefuted = 2;

    /// <summary>So many of its last leases count: a machine that runs for days may err now and then.</summary>
    private const int Remembered = 10;

    private readonly Queue<bool> _refuted = [];
    private readonly List<int> _filesInARow = [];

    /// <summary>It has got something done since this coordinator was started.</summary>
    public bool HasSucceeded { get; private set; }

    /// <summary>Scores of it were stored, or a shard of it has arrived.</summary>
    public void NoteSuccess()
    {
        HasSucceeded = true;
        _filesInARow.Clear();
    }

    /// <summary>A lease of it came to its end.</summary>
    public void NoteDone() => Remember(refuted: false);

    /// <returns>Why it is to be quarantined; null where it need not be.</returns>
    public string? NoteFailure(int file, FailedAttempt failure)
    {
        if (failure.Fault == Fault.Device)
            return $"its device has failed: {failure.Reason}";
        // Another machine will look at a file that is said to be bad, and refute it where it is not; the coordinator
        // looks at its own disk.
        if (failure.Fault is Fault.File or Fault.OutputDisk)
            return null;
        _filesInARow.Add(file);
        return _filesInARow.Count >= MostInARow && _filesInARow.Distinct().Count() > 1
            ? $"{_filesInARow.Count} failures in a row, the last: {failure.Reason}"
            : null;
    }

    /// <summary>Others have done what it could not do.</summary>
    /// <inheritdoc cref="NoteFailure"/>
    public string? NoteRefuted(FailedAttempt failure)
    {
        Remember(refuted: true);
        var refuted = _refuted.Count(one => one);
        return refuted >= MostRefuted
            ? $"failed on {NumberText.Count(refuted, "file")} that others then did, the last time: {failure.Reason}"
            : null;
    }

    /// <summary>The file was at fault.</summary>
    public void Absolve(int file) => _filesInARow.RemoveAll(one => one == file);

    private void Remember(bool refuted)
    {
        _refuted.Enqueue(refuted);
        if (_refuted.Count > Remembered)
            _refuted.Dequeue();
    }
}
