using FineWebTorch.Model.Kernels.Cpu;

namespace FineWebTorch.Model;

/// <summary>The names users write for the operators to compute with.</summary>
public static class KernelChoice
{
    /// <summary>The fastest there are.</summary>
    public const string Auto = "auto";

    /// <summary>libtorch's operators alone, which the fused ones are compared with.</summary>
    public const string Reference = "reference";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, Reference, .. CpuKernels.Names];

    /// <returns>Null where operators are to be composed.</returns>
    /// <exception cref="NotSupportedException">There are none of that name, or not here.</exception>
    internal static CpuKernels? OfCpu(string name)
    {
        if (name == Reference)
            return null;
        if (name == Auto)
            return CpuKernels.Best;
        if (!Names.Contains(name))
            throw new NotSupportedException(
                $"--kernels {name}: there are no such kernels; "
                + $"use {string.Join(", ", Names.SkipLast(1))} or {Names[^1]}");
        return CpuKernels.Find(name) ?? throw new NotSupportedException(KernelLibrary.IsThere
            ? $"--kernels {name}: this CPU lacks the instructions; it runs {string.Join(", ", CpuKernels.RunningHere)}"
            : $"--kernels {name}: {KernelLibrary.Name} is not installed; run build/setup, or use --kernels reference");
    }
}
