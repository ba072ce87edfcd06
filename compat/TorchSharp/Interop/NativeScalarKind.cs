namespace TorchSharp.Interop;

internal enum NativeScalarKind
{
    Integer,
    Real,
    Boolean,
}
