using FineWebTorch.Model.Kernels.Cpu;
using TorchSharp;

namespace FineWebTorch.Model;

public enum ComputeDeviceKind
{
    Cpu,
    Cuda,
    Mps,
}

/// <summary>Where scores are computed.</summary>
public sealed record ComputeDevice
{
    public required ComputeDeviceKind Kind { get; init; }

    /// <summary>Which of several; 0 where there is but one.</summary>
    public required int Index { get; init; }

    /// <summary>The product's name as the hardware gives it, such as "NVIDIA H100 80GB HBM3".</summary>
    public required string Name { get; init; }

    /// <summary>
    /// What decides the last bits of a score: devices, libtorch and kernels of one class give the same bytes for the
    /// same batch. The number of CPU threads is part of it with composed operators, since matrix libraries split sums
    /// by it. It ends with <see cref="Kernels"/>.
    /// </summary>
    public required string NumericClass { get; init; }

    /// <summary>Memory of the device in bytes; for the CPU that of the machine or container. 0 where unknown.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The modes in which this device is both exact enough and fast.</summary>
    public required IReadOnlyList<ModelDtype> SupportedDtypes { get; init; }

    /// <summary>Threads that compute; 0 where the CPU does not.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// What operators are made of: "composed" of libtorch's, or "fused" and their instruction set; on a GPU the names
    /// of those that are fused.
    /// </summary>
    public string Kernels { get; init; } = "composed";

    /// <summary>Libtorch's operators alone were asked for.</summary>
    internal bool IsReference { get; init; }

    /// <summary>Fused operators of the CPU; null where they are composed.</summary>
    internal CpuKernels? CpuKernels { get; init; }

    internal torch.Device TorchDevice => new(
        Kind switch
        {
            ComputeDeviceKind.Cuda => DeviceType.CUDA,
            ComputeDeviceKind.Mps => DeviceType.MPS,
            _ => DeviceType.CPU,
        },
        Kind == ComputeDeviceKind.Cpu ? -1 : Index);

    /// <summary>Finds a device. Sets the number of threads for the whole process, since libtorch has but one.</summary>
    /// <param name="name">
    /// "cpu", "cuda" (the first), "cuda:N", "mps" or "auto" (the first of CUDA, MPS and CPU that is there).
    /// </param>
    /// <param name="threads">CPU threads; null takes as many as the process may use.</param>
    /// <param name="kernels">
    /// "auto" (the fastest there are), "reference" (libtorch's operators alone) or, on a CPU, an instruction set.
    /// </param>
    /// <exception cref="NotSupportedException">It is not there; the message says what is and what to do.</exception>
    public static ComputeDevice Resolve(string name, int? threads = null, string kernels = KernelChoice.Auto)
    {
        if (threads is < 1)
            throw new NotSupportedException($"{threads} threads cannot compute; give 1 or more");
        return DeviceResolver.Resolve(name, threads ?? Environment.ProcessorCount, kernels);
    }

    /// <summary>The name that finds it again: "cpu", "cuda:0", "mps".</summary>
    public override string ToString() => Kind switch
    {
        ComputeDeviceKind.Cuda => $"cuda:{Index}",
        ComputeDeviceKind.Mps => "mps",
        _ => "cpu",
    };
}
