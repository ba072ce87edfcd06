using FineWebTorch.Model.Networks.Cpu;

namespace FineWebTorch.Model.Tests;

/// <summary>The CPU with one set of kernels or another.</summary>
internal static class Devices
{
    public static bool RunsHere(string kernels) =>
        kernels is KernelChoice.Auto or KernelChoice.Reference || CpuKernels.Find(kernels) is not null;

    public static ComputeDevice Reference => ComputeDevice.Resolve("cpu", kernels: KernelChoice.Reference);
}
