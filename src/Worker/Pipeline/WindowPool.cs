using System.Collections.Concurrent;

namespace FineWebTorch.Worker.Pipeline;

/// <summary>Bounds how many windows are in memory at once.</summary>
internal sealed class WindowPool(int capacity) : IDisposable
{
    private readonly SemaphoreSlim _free = new(capacity);
    private readonly ConcurrentBag<WindowBuffer> _idle = [];

    /// <summary>Windows rented now.</summary>
    public int Outstanding => capacity - _free.CurrentCount;

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
