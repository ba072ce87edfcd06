using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary><c>fwt_description</c> of native/tensor.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorDescription
{
    public long Elements;
    public int Dimensions;
    public int ElementSize;
    public int Dtype;
    public int DeviceKind;
    public int DeviceIndex;
    public int Contiguous;
    public int RequiresGrad;
    private readonly int _reserved;
}
