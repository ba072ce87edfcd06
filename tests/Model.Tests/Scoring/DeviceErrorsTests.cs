using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Tests.Scoring;

[SuppressMessage("Usage", "CA2201", Justification = "The types that libtorch's and the runtime's errors have.")]
public class DeviceErrorsTests
{
    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 79.11 GiB total capacity)")]
    [InlineData("cuMemAlloc: CUDA out of memory")]
    [InlineData("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported")]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")]
    [InlineData("[enforce fail at alloc_cpu.cpp:119] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")]
    [InlineData("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes.")]
    [InlineData("MPS backend out of memory (MPS allocated: 1 GB)")]
    [InlineData("std::bad_alloc")]
    [InlineData("out of memory")]
    public void Memory_ThatRanOut_IsKnownByItsWords(string message) =>
        Assert.IsType<DeviceMemoryException>(DeviceErrors.From(new ExternalException(message)));

    [Fact]
    public void Memory_OfOurOwnBuffers_Counts()
    {
        var error = new OutOfMemoryException();
        Assert.True(DeviceErrors.Is(error));
        Assert.IsType<DeviceMemoryException>(DeviceErrors.From(error));
        Assert.True(DeviceErrors.Is(new InsufficientMemoryException()));
    }

    [Theory]
    [InlineData("CUDA error: an illegal memory access was encountered")]
    [InlineData("CUDA error: device-side assert triggered")]
    [InlineData("cuLaunchKernel failed with CUDA error 719")]
    [InlineData("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`")]
    [InlineData("")]
    public void EveryOtherError_IsAFailureOfTheDevice(string message)
    {
        var cause = new ExternalException(message);
        Assert.Same(cause, Assert.IsType<DeviceFailedException>(DeviceErrors.From(cause)).InnerException);
    }

    [Fact]
    public void ErrorsOfTheCaller_AreNotTheDevices()
    {
        Assert.False(DeviceErrors.Is(new ArgumentException("7 is not a token")));
        Assert.False(DeviceErrors.Is(new OperationCanceledException()));
    }

    [Theory]
    [InlineData(
        "CUDA error: invalid argument\nCUDA kernel errors might be reported later.\nException raised from copy (most recent call first):\nframe #0",
        "CUDA error: invalid argument")]
    [InlineData(
        "The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript (most recent call last):\n  File \"<string>\", line 2, in attend\nRuntimeError: FlashAttention only supports fp16\n",
        "FlashAttention only supports fp16")]
    [InlineData("\r\n", "ExternalException")]
    public void Message_IsOneLine_WithoutTraces(string message, string line) =>
        Assert.Equal(line, DeviceErrors.LineOf(new ExternalException(message)));
}
