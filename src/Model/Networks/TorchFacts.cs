using TorchSharp;

namespace FineWebTorch.Model;

/// <summary>
/// What libtorch says of itself. TorchSharp's package offers none of it: there the version is that of the package's
/// libtorch, and devices go by number.
/// </summary>
internal static class TorchFacts
{
    public static string Library => $"libtorch {torch.__version__} (TorchSharp)";

    public static bool IsCudaBuild => torch.cuda.is_available();

    public static string CpuCapability =>
        System.Runtime.Intrinsics.X86.Avx512F.IsSupported ? "AVX512"
        : System.Runtime.Intrinsics.X86.Avx2.IsSupported ? "AVX2"
        : "DEFAULT";

    public static string CudaName(int index) => $"GPU {index}";

    public static long CudaMemory(int index) => 0;

    public static (int Major, int Minor)? CudaCapability(int index) => null;
}
