using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_eq(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_eq_scalar(
        TensorHandle self, in NativeScalar other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_ne(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_ne_scalar(
        TensorHandle self, in NativeScalar other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_lt(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_lt_scalar(
        TensorHandle self, in NativeScalar other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_le(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_le_scalar(
        TensorHandle self, in NativeScalar other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_gt(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_gt_scalar(
        TensorHandle self, in NativeScalar other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_ge(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_ge_scalar(
        TensorHandle self, in NativeScalar other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_allclose(
        TensorHandle self, TensorHandle other, double relative, double absolute, int equalNan, out int result);
}
