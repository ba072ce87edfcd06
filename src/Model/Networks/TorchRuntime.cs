using TorchSharp;

namespace FineWebTorch.Model;

/// <summary>The libtorch in use, for those who ask. The first question loads it.</summary>
public static class TorchRuntime
{
    /// <summary>Like "libtorch 2.11.0", read from the library.</summary>
    public static string Library => TorchFacts.Library;

    /// <summary>Whether it was built with CUDA, be there a GPU or not.</summary>
    public static bool IsCudaBuild => TorchFacts.IsCudaBuild;

    /// <summary>The instruction set of its CPU kernels: "AVX512", "AVX2", "DEFAULT" or the like.</summary>
    public static string CpuCapability => TorchFacts.CpuCapability;

    /// <summary>NVIDIA GPUs that it can use.</summary>
    public static int CudaDevices => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    /// <summary>Threads it computes with on the CPU.</summary>
    public static int Threads => torch.get_num_threads();
}
