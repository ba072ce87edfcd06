using System.Runtime.Intrinsics.X86;
using FineWebTorch.Model.Networks;
using TorchSharp;

namespace FineWebTorch.Model;

/// <summary>The libtorch in use, for those who ask. The first question loads it.</summary>
public static class TorchRuntime
{
    /// <summary>Like "libtorch 2.10.0", read from the library.</summary>
    public static string Library => LibTorch.Version;

    /// <summary>Whether it was built with CUDA, be there a GPU or not.</summary>
    public static bool IsCudaBuild => NativeLibraries.TorchCuda != 0;

    /// <summary>
    /// What had to be done for TorchSharp's library to load, in one line; null where it loads as it is. On systems
    /// whose libstdc++ is older than GCC 13's it asks for a version of it of which it uses nothing.
    /// </summary>
    public static string? LibraryMend => TorchSharpLibrary.IsMended
        ? $"{TorchSharpLibrary.Name} loaded without {TorchSharpLibrary.Version}, which this system's libstdc++ lacks "
            + "and it does not use"
        : null;

    /// <summary>The instruction set that its CPU kernels take: "AVX512", "AVX2" or "DEFAULT".</summary>
    public static string CpuCapability =>
        Avx512F.IsSupported ? "AVX512" : Avx2.IsSupported ? "AVX2" : "DEFAULT";

    /// <summary>NVIDIA GPUs that it can use.</summary>
    public static int CudaDevices => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    /// <summary>Threads it computes with on the CPU.</summary>
    public static int Threads => torch.get_num_threads();
}
