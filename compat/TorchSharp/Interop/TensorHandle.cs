using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Owns an <c>at::Tensor*</c> made by <c>new</c>; its finalizer frees one that is never disposed.</summary>
internal sealed class TensorHandle : SafeHandle
{
    public TensorHandle() : base(0, ownsHandle: true)
    {
    }

    public TensorHandle(nint tensor) : this() => SetHandle(tensor);

    /// <summary>Stands for an optional tensor that is not given.</summary>
    public static TensorHandle None { get; } = new();

    public override bool IsInvalid => handle == 0;

    /// <summary>Gives the native tensor away: it is the caller's to free.</summary>
    public nint Release()
    {
        var tensor = handle;
        SetHandleAsInvalid();
        return tensor;
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.fwt_tensor_dispose(handle);
        return true;
    }
}
