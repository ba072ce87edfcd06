using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary><c>fwt_options</c> of native/boundary.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeOptions(torch.ScalarType dtype, torch.Device? device, bool requiresGrad)
{
    public readonly int Dtype = (int)dtype;
    public readonly int DeviceKind = (int)(device?.type ?? DeviceType.CPU);
    public readonly int DeviceIndex = device?.index ?? -1;
    public readonly int RequiresGrad = requiresGrad ? 1 : 0;
}
