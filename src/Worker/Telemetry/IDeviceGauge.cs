using FineWebTorch.Model;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Telemetry;

/// <summary>Reads the counters of what computes.</summary>
internal interface IDeviceGauge : IDisposable
{
    /// <summary>As they are now. Never fails: what cannot be read is absent. May take long where a driver hangs.</summary>
    DeviceReading Read();
}

/// <summary>Which counters there are for a device.</summary>
internal static class DeviceGauges
{
    /// <returns>Null where there are none: for Apple's GPUs, and where NVML is missing or does not know the GPU.</returns>
    public static IDeviceGauge? For(ComputeDevice device, TimeProvider time) => device.Kind switch
    {
        ComputeDeviceKind.Cpu => new ProcessGauge(time),
        ComputeDeviceKind.Cuda when device.Uuid is { } uuid => NvmlGauge.TryOpen(uuid, NvmlLibrary.FileNames),
        _ => null,
    };
}
