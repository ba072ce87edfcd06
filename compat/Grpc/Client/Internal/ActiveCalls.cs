namespace Grpc.Net.Client.Internal;

/// <summary>The calls that have not ended, to be given up when the channel is disposed.</summary>
internal sealed class ActiveCalls
{
    private readonly Lock _lock = new();
    private readonly HashSet<GrpcCall> _calls = [];
    private bool _closed;

    public bool Closed
    {
        get
        {
            lock (_lock) return _closed;
        }
    }

    public bool TryAdd(GrpcCall call)
    {
        lock (_lock) return !_closed && _calls.Add(call);
    }

    public void Remove(GrpcCall call)
    {
        lock (_lock) _calls.Remove(call);
    }

    /// <summary>False when it was closed before.</summary>
    public bool Close()
    {
        GrpcCall[] calls;
        lock (_lock)
        {
            if (_closed) return false;
            _closed = true;
            calls = [.. _calls];
        }

        // Outside the lock: a call that ends takes itself out.
        foreach (var call in calls) call.Dispose();
        return true;
    }
}
