namespace FineWebTorch.Worker.Pipeline;

/// <summary>Bounds how many batches are on the device at once.</summary>
/// <param name="most">The bound, asked anew for each batch.</param>
internal sealed class DeviceRoom(Func<int> most)
{
    private readonly object _lock = new();
    private int _taken;

    /// <summary>Waits until there is room, and takes it.</summary>
    public void Take()
    {
        lock (_lock)
        {
            while (_taken >= Math.Max(1, most()))
                Monitor.Wait(_lock);
            _taken++;
        }
    }

    public void Release()
    {
        lock (_lock)
        {
            _taken--;
            Monitor.Pulse(_lock);
        }
    }
}
