namespace FineWebTorch.Model.Networks.Cpu;

/// <summary>The fused operators in one instruction set. Equal names give equal bits on every machine.</summary>
internal sealed class CpuKernels
{
    /// <summary>Goes up with every change of the kernels' bits; part of the numeric class.</summary>
    public const int Revision = 2;

    /// <summary>Best first. Below AVX2 libtorch's own operators are faster.</summary>
    private static readonly string[] Fast = ["avx512", "avx2"];

    private CpuKernels(string name, nint handle) => (Name, Handle) = (name, handle);

    /// <summary>All that can be asked for by name, whether this machine runs them or not.</summary>
    public static IReadOnlyList<string> Names { get; } = ["generic", "avx2", "avx512", "avx512-emulated"];

    /// <summary>"generic", "avx2", "avx512" or "avx512-emulated", AVX-512's kernels run slowly on AVX2.</summary>
    public string Name { get; }

    public nint Handle { get; }

    /// <summary>The fastest that this machine runs; null where it runs none, or none faster than libtorch.</summary>
    public static CpuKernels? Best => Fast.Select(Find).FirstOrDefault(kernels => kernels is not null);

    /// <summary>Why there is no <see cref="Best"/>, in one line; null where there is.</summary>
    public static string? WhyNoneIsFast => WhyNoneIsFastOf(KernelLibrary.Current, name => Find(name) is not null);

    /// <summary>Those that this machine runs.</summary>
    public static IEnumerable<string> RunningHere => Names.Where(name => Find(name) is not null);

    /// <returns>Null where the machine lacks the instructions, or the library is absent.</returns>
    public static CpuKernels? Find(string name)
    {
        var handle = KernelLibrary.Current.Handle == 0 ? 0 : NativeKernels.fineweb_kernels_find(name);
        return handle == 0 ? null : new CpuKernels(name, handle);
    }

    /// <inheritdoc cref="WhyNoneIsFast"/>
    /// <param name="library">Where they come from.</param>
    /// <param name="runs">Whether this machine runs those of a name.</param>
    internal static string? WhyNoneIsFastOf(KernelLibrary library, Func<string, bool> runs) =>
        Fast.Any(runs) ? null : library.Problem ?? "this CPU has neither AVX2 with FMA nor AVX-512";

    /// <summary>The same instruction set's kernels of bf16 products; null where it has none.</summary>
    public CpuKernels? InBFloat16() => Name switch
    {
        "avx512" => Find("avx512-bf16"),
        "avx512-emulated" => Find("avx512-bf16-emulated"),
        _ => null,
    };
}
