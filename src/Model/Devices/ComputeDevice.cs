using FineWebTorch.Model.Networks;
using FineWebTorch.Model.Networks.Cpu;
using FineWebTorch.Model.Networks.Reference;
using TorchSharp;

namespace FineWebTorch.Model;

/// <summary>Kinds of devices.</summary>
public enum ComputeDeviceKind
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,

    /// <summary>Apple's GPU, by Metal.</summary>
    Mps,
}

/// <summary>Where scores are computed.</summary>
public sealed record ComputeDevice
{
    /// <summary>
    /// Tokens of a batch that keep a CPU busy: 4,096 tokens of BERT-base take about 4 s on two cores, and who
    /// interrupts a program waits for one batch.
    /// </summary>
    public const int TokenBudgetOfCpu = 4_096;

    /// <summary>
    /// Tokens of a batch that keep a GPU busy, derived from BERT-base's shape and not measured: a token needs
    /// 175 MFLOP, so that 65,536 take 21 ms at 55 % of an H100's 990 TFLOP/s, against which some 150 launches of
    /// 4 µs are 3 %, and a quarter of a second on an A10G. At the widest place a token holds 17 KB (residual stream in
    /// fp32, its copy and twice the 3,072 wide numbers in 16 bits): 1.1 GB a batch. A window of 16,384 rows of 400
    /// tokens makes 100 batches, and the last, half empty, costs 0.5 %. Half of it would save no memory that matters,
    /// four times as much would take 4.4 GB and a second on an A10G.
    /// </summary>
    public const int TokenBudgetOfGpu = 65_536;

    /// <summary>What it is.</summary>
    public required ComputeDeviceKind Kind { get; init; }

    /// <summary>Which of several; 0 where there is but one.</summary>
    public required int Index { get; init; }

    /// <summary>The product's name as the hardware gives it, such as "NVIDIA H100 80GB HBM3".</summary>
    public required string Name { get; init; }

    /// <summary>
    /// What decides the last bits of a score: devices, libtorch and kernels of one class give the same bytes for the
    /// same batch. The number of CPU threads is part of it with libtorch's operators, since matrix libraries split
    /// sums by it. It ends with <see cref="Kernels"/>.
    /// </summary>
    public required string NumericClass { get; init; }

    /// <summary>Memory of the device in bytes; for the CPU that of the machine or container. 0 where unknown.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>
    /// Of a GPU, as nvidia-smi shows it without "GPU-" or "MIG-" before it; null where it is not known.
    /// </summary>
    public string? Uuid { get; init; }

    /// <summary>The modes in which this device is both exact enough and fast.</summary>
    public required IReadOnlyList<ModelDtype> SupportedDtypes { get; init; }

    /// <summary>Threads that compute; 0 where the CPU does not.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// What computes: "reference", which is libtorch's operators, or "fused" and an instruction set; on a GPU the names
    /// of the operators that are fused.
    /// </summary>
    public string Kernels { get; init; } = ReferenceNetwork.Name;

    /// <summary>Why these: "asked for", "the fastest that this CPU runs", or what is missing for others.</summary>
    public string KernelsReason { get; init; } = "";

    /// <summary>What is slower here than it should be, in one line each; scores are right all the same.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Tokens of a batch that keep it busy.</summary>
    public int TokenBudget => Kind == ComputeDeviceKind.Cpu ? TokenBudgetOfCpu : TokenBudgetOfGpu;

    /// <summary>Libtorch's operators alone were asked for.</summary>
    internal bool IsReference { get; init; }

    /// <summary>Fused operators of the CPU; null where libtorch's compute.</summary>
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
    /// <exception cref="DeviceFailedException">It is there and does not work.</exception>
    public static ComputeDevice Resolve(string name, int? threads = null, string kernels = KernelChoice.Auto)
    {
        if (threads is < 1)
            throw new NotSupportedException($"{threads} threads cannot compute; give 1 or more");
        return DeviceErrors.Translate(
            () => DeviceResolver.Resolve(name, threads ?? Environment.ProcessorCount, kernels));
    }

    /// <summary><see cref="NumericClass"/> of a network on this device that computes with these kernels.</summary>
    internal string NumericClassWith(string kernels) => NumericClass[..(NumericClass.LastIndexOf(';') + 1)] + kernels;

    /// <summary>The name that finds it again: "cpu", "cuda:0", "mps".</summary>
    public override string ToString() => Kind switch
    {
        ComputeDeviceKind.Cuda => $"cuda:{Index}",
        ComputeDeviceKind.Mps => "mps",
        _ => "cpu",
    };
}

/// <summary>The names users write for what is to compute.</summary>
public static class KernelChoice
{
    /// <summary>The fastest there is.</summary>
    public const string Auto = "auto";

    /// <summary>libtorch's operators alone, which the fused ones are compared with.</summary>
    public const string Reference = ReferenceNetwork.Name;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, Reference, .. CpuKernels.Names];

    /// <returns>Null where libtorch's operators are to compute.</returns>
    /// <exception cref="NotSupportedException">There are none of that name, or not here.</exception>
    internal static CpuKernels? OfCpu(string name)
    {
        if (name == Reference)
            return null;
        if (name == Auto)
            return CpuKernels.Best;
        if (!Names.Contains(name))
            throw new NotSupportedException(
                $"kernels {name}: there are no such kernels; "
                + $"use {string.Join(", ", Names.SkipLast(1))} or {Names[^1]}");
        return CpuKernels.Find(name) ?? throw new NotSupportedException(KernelLibrary.Current.Problem is { } why
            ? $"kernels {name}: {why}; or use {Reference}"
            : $"kernels {name}: this CPU lacks the instructions; it runs {string.Join(", ", CpuKernels.RunningHere)}");
    }

    /// <summary>Why a choice led to what is in use on a CPU.</summary>
    internal static string ReasonOf(string name) => name != Auto
        ? "asked for"
        : CpuKernels.WhyNoneIsFast ?? "the fastest that this CPU runs";

    /// <summary>What it costs that the fused operators are not to be had; null where nobody wanted them.</summary>
    internal static string? WarningOf(string name) => name == Auto && CpuKernels.WhyNoneIsFast is { } why
        ? $"libtorch's operators compute, at about three quarters of the fused ones' speed and in fp32 alone: {why}"
        : null;
}
