using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Kernels.Cuda;

/// <summary>
/// What is said to the driver and to NVRTC, on stand-ins that check it and compute on the CPU. Only what a real GPU
/// answers is left to try.
/// </summary>
public sealed class FakeDriverTests : IDisposable
{
    private static readonly Lazy<bool> Loaded = new(() =>
    {
        // The loader takes a library that is there under this name before it looks for one.
        NativeTestLibrary.Load("fake_cuda.cpp", "libcuda.so.1");
        NativeTestLibrary.Load("fake_cuda.cpp", "libcaffe2_nvrtc.so");
        return true;
    });

    private readonly DisposeScope _scope = NewDisposeScope();

    public FakeDriverTests()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidiactl"), "there is a GPU here");
        Assert.True(Loaded.Value);
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Marks_AreReachedInOrderAndMeasured()
    {
        using var stream = new CudaStream(0);
        using var first = stream.Mark();
        using var second = stream.Mark();

        Assert.False(second.IsReached);
        second.Wait();
        Assert.True(second.IsReached);
        Assert.Equal(TimeSpan.FromMilliseconds(1), second.Since(first));
    }

    [Fact]
    public void Gpu_ThatTheDriverDoesNotKnow_IsAnError()
    {
        var error = Assert.Throws<ExternalException>(() => new CudaStream(1));
        Assert.Equal("cuDeviceGet failed with CUDA error 101", error.Message);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Kernels_AreCompiledFoundAndLaunched(ScalarType type)
    {
        using var stream = new CudaStream(0);
        using var kernels = CudaKernels.Choose(
            new BertConfig { HiddenSize = 96, Heads = 3 }, CPU, type, new Borrowed(stream),
            () => FusedOperators.OnDevice(stream, CPU, type));

        Assert.DoesNotContain(kernels.Warnings, line => line.Contains("LayerNorm", StringComparison.Ordinal));
        Assert.IsType<FusedOperators>(kernels.Operators);
    }

    /// <summary>Another owner disposes it.</summary>
    private sealed class Borrowed(IDeviceStream stream) : IDeviceStream
    {
        public Tensor HostBuffer(long elements, ScalarType type) => stream.HostBuffer(elements, type);

        public IStreamMark Mark() => stream.Mark();

        public void Dispose()
        {
            // Not ours
        }
    }
}
