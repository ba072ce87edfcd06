using System.Collections.Concurrent;
using FineWebTorch.Model;
using FineWebTorch.Worker.Documents;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>The token ids of one window's documents, in memory that is used again for later windows.</summary>
internal sealed class WindowBuffer
{
    private int[] _ids = [];
    private int[] _starts = [];
    private int[] _counts = [];
    private UnscorableReason[] _faults = [];
    private DocumentExcerpt[] _excerpts = [];
    private int _used;

    /// <summary>The window's number.</summary>
    public int Index { get; private set; }

    /// <summary>Row number of the first document.</summary>
    public long FirstRow { get; private set; }

    public int Rows { get; private set; }

    /// <summary>By row; 0 for documents that cannot be scored.</summary>
    public ReadOnlySpan<int> TokenCounts => _counts.AsSpan(0, Rows);

    /// <summary>Set once the window is full.</summary>
    public BatchPlan? Plan { get; set; }

    public void Begin(int index, long firstRow)
    {
        Index = index;
        FirstRow = firstRow;
        Rows = 0;
        Plan = null;
        _used = 0;
    }

    /// <param name="ids">Empty unless the document is scorable.</param>
    public void Append(UnscorableReason fault, ReadOnlySpan<int> ids, DocumentExcerpt excerpt = default)
    {
        EnsureRows(Rows + 1);
        if (_ids.Length < _used + ids.Length)
            Array.Resize(ref _ids, Math.Max(_used + ids.Length, Math.Max(4096, _ids.Length * 2)));
        ids.CopyTo(_ids.AsSpan(_used));
        _starts[Rows] = _used;
        _counts[Rows] = ids.Length;
        _faults[Rows] = fault;
        _excerpts[Rows] = excerpt;
        _used += ids.Length;
        Rows++;
    }

    public ReadOnlySpan<int> TokensOf(int row) => _ids.AsSpan(_starts[row], _counts[row]);

    public UnscorableReason FaultOf(int row) => _faults[row];

    public DocumentExcerpt ExcerptOf(int row) => _excerpts[row];

    private void EnsureRows(int rows)
    {
        if (_starts.Length >= rows)
            return;
        var size = Math.Max(rows, Math.Max(256, _starts.Length * 2));
        Array.Resize(ref _starts, size);
        Array.Resize(ref _counts, size);
        Array.Resize(ref _faults, size);
        Array.Resize(ref _excerpts, size);
    }
}

/// <summary>Bounds how many windows are in memory at once.</summary>
internal sealed class WindowPool(int capacity) : IDisposable
{
    private readonly SemaphoreSlim _free = new(capacity);
    private readonly ConcurrentBag<WindowBuffer> _idle = [];

    /// <summary>Windows rented now.</summary>
    public int InUse => capacity - _free.CurrentCount;

    /// <summary>Waits until a window is free.</summary>
    public WindowBuffer Rent(CancellationToken cancellation)
    {
        _free.Wait(cancellation);
        return _idle.TryTake(out var window) ? window : new WindowBuffer();
    }

    public void Return(WindowBuffer window)
    {
        _idle.Add(window);
        _free.Release();
    }

    public void Dispose() => _free.Dispose();
}
