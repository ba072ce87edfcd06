using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary><c>fwt_scalar</c> of native/boundary.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeScalar
{
    public readonly NativeScalarKind Kind;
    private readonly int _reserved;
    public readonly long Integer;
    public readonly double Real;

    public NativeScalar(long value) : this(NativeScalarKind.Integer) => Integer = value;

    public NativeScalar(double value) : this(NativeScalarKind.Real) => Real = value;

    public NativeScalar(bool value) : this(NativeScalarKind.Boolean) => Integer = value ? 1 : 0;

    private NativeScalar(NativeScalarKind kind)
    {
        Kind = kind;
        _reserved = 0;
    }
}
