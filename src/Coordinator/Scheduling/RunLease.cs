using System.Diagnostics;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Protos.V1;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Work that one worker holds.</summary>
/// <param name="fence">Its fencing token, which only its worker has been told.</param>
internal sealed class RunLease(ulong fence, LeaseKind kind, int file, WindowRange windows, string workerId)
{
    private ulong _steps;

    public ulong Fence { get; } = fence;

    public LeaseKind Kind { get; } = kind;

    public int File { get; } = file;

    public string WorkerId { get; } = workerId;

    /// <summary>Only ever gets shorter, at its end. Empty for a build lease.</summary>
    public WindowRange Windows { get; private set; } = windows;

    /// <summary>Windows beyond it have not been touched.</summary>
    public int ReadingWindow { get; private set; } = windows.First;

    /// <summary>Its worker has the file before it and has begun.</summary>
    public bool HasOpened { get; private set; }

    /// <summary>The same, of a worker that sends scores without saying so.</summary>
    public bool HasBegun => HasOpened || MadeProgress;

    /// <summary>When it was given out, or its file was opened; of one from before a restart, the restart.</summary>
    public TimeSpan BeganAt { get; private set; }

    /// <summary>When it was given out; of one from before a restart, the restart.</summary>
    public TimeSpan GivenAt { get; private set; }

    /// <summary>Of the trace that shows its way through both programs; null where nobody wants it.</summary>
    public Activity? Span { get; init; }

    /// <summary>Rows of its one window that alone are to be scored; null for all rows of all windows.</summary>
    public IReadOnlyList<int>? Probe { get; init; }

    /// <summary>When something was last done for it, or it was given out.</summary>
    public TimeSpan ProgressAt { get; private set; }

    /// <summary>What its worker says that it does for it.</summary>
    public Stage Stage { get; private set; }

    /// <summary>Nothing has been done for it in its present stage.</summary>
    public bool IsFirstStep { get; private set; } = true;

    /// <summary>Of its input, in this session of the worker.</summary>
    public ulong FetchedBytes { get; private set; }

    /// <summary>When that was so, or the lease was given out; null where neither is known.</summary>
    public TimeSpan? FetchedAt { get; private set; }

    /// <summary>Something was stored under this lease.</summary>
    public bool MadeProgress { get; private set; }

    /// <summary>The lease of another worker on the same work, of which either may be done first; null for none.</summary>
    public RunLease? Twin { get; set; }

    /// <summary>When somebody asks next whether it needs one.</summary>
    public TimeSpan ReviewAt { get; set; }

    /// <summary>Hears when it has fewer untouched windows; null while nobody holds it.</summary>
    public Action<RunLease>? Changed { private get; set; }

    public LeaseRecord Record => new(Fence, Kind, File, Windows, WorkerId);

    /// <summary>Its worker has a fresh time-out: it has just been given out, or its worker is back.</summary>
    public void BeginProgress(TimeSpan now) => (ProgressAt, _steps) = (now, 0);

    /// <summary>It has just been given out.</summary>
    public void Begin(TimeSpan now) => (GivenAt, BeganAt, FetchedAt) = (now, now, now);

    public void Open(TimeSpan now) => (HasOpened, BeganAt) = (true, now);

    /// <returns>Whether anything has been done since the last time.</returns>
    public bool Note(LeaseProgress progress, TimeSpan now)
    {
        if (progress.Steps <= _steps)
            return false;
        if (progress.FetchedBytes > FetchedBytes)
            FetchedAt = now;
        IsFirstStep = Stage != progress.Stage;
        (Stage, FetchedBytes, _steps, ProgressAt) = (progress.Stage, progress.FetchedBytes, progress.Steps, now);
        return true;
    }

    /// <summary>Scores have come.</summary>
    public void NoteStored(TimeSpan now) => (MadeProgress, ProgressAt, IsFirstStep) = (true, now, false);

    public void ShrinkTo(int end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(end, Windows.End);
        Windows = Windows with { End = end };
        Changed?.Invoke(this);
    }

    /// <summary>Its worker reads this window now; word of an earlier one comes too late.</summary>
    public void NoteReading(int window)
    {
        if (window <= ReadingWindow)
            return;
        ReadingWindow = window;
        Changed?.Invoke(this);
    }
}
