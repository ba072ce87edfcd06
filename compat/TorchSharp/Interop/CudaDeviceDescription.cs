using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary><c>fwt_cuda_device</c> of native/cuda_driver.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CudaDeviceDescription
{
    public long Memory;
    public int Major;
    public int Minor;
    public int Multiprocessors;
    private readonly int _reserved;
}
