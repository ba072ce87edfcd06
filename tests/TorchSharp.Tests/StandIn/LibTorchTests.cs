using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Interop;

namespace FineWebTorch.TorchSharp.Tests.StandIn;

public sealed class LibTorchTests
{
    [Fact]
    public void Version_OfTheLoadedLibrary_IsANumberOfThreeParts()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+", LibTorch.Version);
        Assert.Contains($"TORCH_VERSION={LibTorch.Version}", LibTorch.Configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void CpuCapability_OfThisMachine_IsKnown() => Assert.NotEqual("unknown", LibTorch.CpuCapability);

    [Fact]
    public void LiveTensors_AfterMakingOne_IsOneMore()
    {
        var before = LibTorch.LiveTensors;
        using (torch.zeros(1))
            Assert.Equal(before + 1, LibTorch.LiveTensors);
        Assert.Equal(before, LibTorch.LiveTensors);
    }

    [Fact]
    public void CudaDevice_WithoutAGpu_ThrowsOneLine()
    {
        Assert.SkipWhen(torch.cuda.device_count() > 0, "there is a GPU here");
        var error = Assert.Throws<ExternalException>(() => LibTorch.CudaDeviceName(0));
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Cuda_WhereThereIsAGpu_IsDescribed()
    {
        Assert.SkipUnless(torch.cuda.device_count() > 0, "needs a GPU");
        Assert.True(LibTorch.IsCudaBuild);
        Assert.NotEmpty(LibTorch.CudaDeviceName(0));
        Assert.True(LibTorch.CudaDeviceMemory(0) > 1L << 30);
        Assert.True(LibTorch.CudaComputeCapability(0).Major >= 3);
        Assert.True(LibTorch.CudaMultiprocessorCount(0) > 0);
    }

    [Fact]
    public void Configuration_OfARecentLibtorch_IsUnderstood()
    {
        const string text = """
            PyTorch built with:
              - GCC 13.3
              - CPU capability usage: AVX512
              - Build settings: BLAS_INFO=mkl, TORCH_VERSION=2.11.0, USE_CUDA=ON,
            """;
        Assert.Equal(new LibTorchConfiguration("2.11.0", "AVX512"), LibTorchConfiguration.Parse(text));
        Assert.Equal(new LibTorchConfiguration("unknown", "unknown"), LibTorchConfiguration.Parse(""));
    }

    [Fact]
    public void Structures_OfTheNativeInterface_HaveItsSizes()
    {
        Assert.Equal(24, Unsafe.SizeOf<NativeScalar>());
        Assert.Equal(16, Unsafe.SizeOf<NativeOptions>());
        Assert.Equal(40, Unsafe.SizeOf<TensorDescription>());
        Assert.Equal(24, Unsafe.SizeOf<CudaDeviceDescription>());
    }
}
