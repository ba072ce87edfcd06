using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Telemetry;

/// <summary>What this process takes of the CPU and of memory, beside what its machine or container lets it have.</summary>
internal sealed class ProcessGauge : IDeviceGauge
{
    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _cpuTime;
    private readonly int _cores;
    private long _at;
    private TimeSpan _cpuBefore;

    public ProcessGauge(TimeProvider time)
        : this(time, () => Environment.CpuUsage.TotalTime, Environment.ProcessorCount)
    {
    }

    /// <param name="cpuTime">Of all threads, since the process began.</param>
    /// <param name="cores">That it may use.</param>
    public ProcessGauge(TimeProvider time, Func<TimeSpan> cpuTime, int cores)
    {
        (_time, _cpuTime, _cores) = (time, cpuTime, cores);
        (_at, _cpuBefore) = (time.GetTimestamp(), cpuTime());
    }

    public DeviceReading Read()
    {
        var reading = new DeviceReading
        {
            MemoryUsedBytes = (ulong)Environment.WorkingSet,
            // Of the container, where it has a limit.
            MemoryTotalBytes = (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        };
        var (now, cpu) = (_time.GetTimestamp(), _cpuTime());
        var elapsed = _time.GetElapsedTime(_at, now);
        if (elapsed > TimeSpan.Zero)
            reading.Utilization = Math.Clamp((cpu - _cpuBefore) / (elapsed * _cores), 0, 1);
        (_at, _cpuBefore) = (now, cpu);
        return reading;
    }

    public void Dispose()
    {
        // Nothing is held
    }
}
