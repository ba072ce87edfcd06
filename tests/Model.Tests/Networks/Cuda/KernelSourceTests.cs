using System.Diagnostics;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

/// <summary>kernels.cu as a compiler for GPUs sees it.</summary>
public sealed class KernelSourceTests
{
    [Theory]
    [InlineData("sm_70")]
    [InlineData("sm_80")]
    [InlineData("sm_86")]
    public async Task Source_CompilesToPtx_WithEveryKernelAndNoSpills(string architecture)
    {
        var clang = Executables.Require("clang-14");
        var shim = Path.Combine(
            TestData.RepositoryRoot, "tests", "Model.Tests", "Networks", "Cuda", "native", "cuda_for_clang.h");

        var ptx = await Executables.OutputOfAsync(new ProcessStartInfo(clang,
        [
            "-x", "cuda", "--cuda-device-only", "-nocudainc", "-nocudalib", $"--cuda-gpu-arch={architecture}",
            "-S", "-O2", "-Wall", "-Werror", "-include", shim,
            Path.Combine(NativeTestLibrary.Kernels, "kernels.cu"), "-o", "-",
        ]));

        Assert.Equal(
            [
                "add_normalize_bf16", "add_normalize_fp16", "add_normalize_fp32", "embed_bf16", "embed_fp16",
                "embed_fp32",
            ],
            ptx.Split('\n').Where(line => line.Contains(".visible .entry ", StringComparison.Ordinal))
                .Select(line => line.Split(".visible .entry ")[1].TrimEnd('(')).Order());
        Assert.Contains("bar.sync", ptx, StringComparison.Ordinal);
        Assert.Contains("cvt.rn.f16.f32", ptx, StringComparison.Ordinal);
        // The numbers of a row stay in registers.
        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
    }
}
