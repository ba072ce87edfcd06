using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Telemetry;

/// <summary>
/// Reads a gauge again and again, on threads that nobody waits for: a driver that hangs holds up no heartbeat.
/// </summary>
internal sealed class DeviceSampler : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>What is older says nothing of now.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(15);

    private readonly IDeviceGauge? _gauge;
    private readonly TimeProvider _time;
    private readonly ITimer? _timer;
    private volatile Sample? _last;
    private int _isReading;

    /// <param name="gauge">Null: nothing can be read. It is the sampler's from now on.</param>
    public DeviceSampler(IDeviceGauge? gauge, TimeProvider time)
    {
        (_gauge, _time) = (gauge, time);
        if (gauge is not null)
            _timer = time.CreateTimer(_ => Take(), null, Interval, Interval);
    }

    /// <summary>Of the last seconds; null where nothing has been read.</summary>
    public DeviceReading? Last =>
        _last is { } sample && _time.GetElapsedTime(sample.At) < Life ? sample.Reading : null;

    public void Dispose()
    {
        _timer?.Dispose();
        // One that is being read, perhaps for ever, is left to the end of the process.
        if (Interlocked.Exchange(ref _isReading, 1) == 0)
            _gauge?.Dispose();
    }

    private void Take()
    {
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
            return;
        _last = new Sample(_gauge!.Read(), _time.GetTimestamp());
        Volatile.Write(ref _isReading, 0);
    }

    private sealed record Sample(DeviceReading Reading, long At);
}
