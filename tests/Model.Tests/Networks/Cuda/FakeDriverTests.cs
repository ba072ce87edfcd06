using System.Runtime.InteropServices;
using FineWebTorch.Model.Networks.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

/// <summary>
/// What is said to the driver and to NVRTC, on stand-ins that check it and compute on the CPU. Only what a real GPU
/// answers is left to try.
/// </summary>
public sealed class FakeDriverTests : IDisposable
{
    private static readonly Lazy<CudaDriver> Driver = new(() => new CudaDriver(NativeTestLibrary.FakeCuda));
    private static readonly Lazy<Nvrtc> Compiler = new(() => new Nvrtc(NativeTestLibrary.FakeCuda));

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        NativeTestLibrary.SetArchitecture(90);
        _scope.Dispose();
    }

    [Fact]
    public void Marks_AreReachedInOrderAndMeasured()
    {
        using var stream = new CudaStream(Driver.Value, 0);
        var open = NativeTestLibrary.OpenEvents;
        using (var first = stream.Mark())
        using (var second = stream.Mark())
        {
            Assert.False(second.IsReached);
            second.Wait();
            Assert.True(second.IsReached);
            Assert.Equal(TimeSpan.FromMilliseconds(1), second.Since(first));
        }

        Assert.Equal((open, 0), (NativeTestLibrary.OpenEvents, NativeTestLibrary.ContextDepth));
    }

    [Fact]
    public void Gpu_ThatTheDriverDoesNotKnow_IsAnError()
    {
        var error = Assert.Throws<ExternalException>(() => new CudaStream(Driver.Value, 1));
        Assert.Equal("cuDeviceGet failed with CUDA error 101", error.Message);
    }

    [Fact]
    public void Facts_AreTheDrivers() => Assert.Equal(
        new GpuFacts("Fake GPU 80GB", 90, 80L << 30) { Uuid = "28384858-6878-8898-a8b8-c8d8e8f80818" },
        GpuFacts.Read(Driver.Value, 0));

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Kernels_AreCompiledFoundAndLaunched(ScalarType type)
    {
        var stream = new CudaStream(Driver.Value, 0);
        using var kernels = CudaKernels.Choose(
            new BertConfig { HiddenSize = 96, Heads = 3 }, CPU, type, stream, [],
            () => new FusedOperators(new CudaModule(stream, Compiler.Value), CPU, type));

        Assert.Empty(kernels.Warnings);
        Assert.IsType<FusedOperators>(kernels.Operators);
        Assert.StartsWith("fake cubin sm_90 ", NativeTestLibrary.LoadedImage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(87, "fake cubin sm_86 ")]
    [InlineData(120, "fake ptx compute_90 ")]
    public void Gpu_ThatTheCompilerDoesNotKnow_RunsWhatItDoesKnow(int architecture, string image)
    {
        NativeTestLibrary.SetArchitecture(architecture);
        using var stream = new CudaStream(Driver.Value, 0);
        using var module = new CudaModule(stream, Compiler.Value);
        Assert.StartsWith(image, NativeTestLibrary.LoadedImage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(90, 90, true)]
    [InlineData(89, 86, true)]
    [InlineData(103, 100, true)]
    [InlineData(121, 120, true)]
    [InlineData(130, 120, false)]
    internal void Target_IsTheNewestThatRunsThere(int gpu, int target, bool isBinary) =>
        Assert.Equal((target, isBinary), Nvrtc.TargetOf(gpu, [75, 80, 86, 90, 100, 120]));

    [Fact]
    public void Target_BeforeAllThatTheCompilerKnows_IsAnError() => Assert.Equal(
        "NVRTC compiles for sm_75 and newer, but the GPU is sm_61",
        Assert.Throws<ExternalException>(() => Nvrtc.TargetOf(61, [75, 80])).Message);

    [Fact]
    public void Source_ThatDoesNotCompile_IsAnErrorWithTheCompilersFirstLine()
    {
        var error = Assert.Throws<ExternalException>(() => Compiler.Value.Compile("#error no\n", 90));
        Assert.Equal(
            "NVRTC does not compile the kernels (error 6): kernels.cu(1): error: made up", error.Message);
    }
}
