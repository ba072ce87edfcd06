using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Scheduling;

/// <summary>Work that one worker holds.</summary>
/// <param name="fence">Its fencing token, which only its worker has been told.</param>
internal sealed class RunLease(ulong fence, LeaseKind kind, int file, WindowRange windows, string workerId)
{
    public ulong Fence { get; } = fence;

    public LeaseKind Kind { get; } = kind;

    public int File { get; } = file;

    public string WorkerId { get; } = workerId;

    /// <summary>Only ever gets shorter, at its end. Empty for a build lease.</summary>
    public WindowRange Windows { get; private set; } = windows;

    /// <summary>Windows beyond it have not been touched.</summary>
    public int ReadingWindow { get; private set; } = windows.First;

    /// <summary>Its worker has the file before it and has begun.</summary>
    public bool HasOpened { get; set; }

    /// <summary>Rows of its one window that alone are to be scored; null for all rows of all windows.</summary>
    public IReadOnlyList<int>? Probe { get; init; }

    /// <summary>Something was stored under this lease.</summary>
    public bool MadeProgress { get; set; }

    /// <summary>Hears when it has fewer untouched windows; null while nobody holds it.</summary>
    public Action<RunLease>? Changed { private get; set; }

    public LeaseRecord Record => new(Fence, Kind, File, Windows, WorkerId);

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
