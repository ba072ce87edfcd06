using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_add(
        TensorHandle self, TensorHandle other, in NativeScalar alpha, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_add_(TensorHandle self, TensorHandle other, in NativeScalar alpha);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_add_scalar(
        TensorHandle self, in NativeScalar other, in NativeScalar alpha, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_add_scalar_(
        TensorHandle self, in NativeScalar other, in NativeScalar alpha);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_sub(
        TensorHandle self, TensorHandle other, in NativeScalar alpha, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_sub_(TensorHandle self, TensorHandle other, in NativeScalar alpha);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_sub_scalar(
        TensorHandle self, in NativeScalar other, in NativeScalar alpha, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_sub_scalar_(
        TensorHandle self, in NativeScalar other, in NativeScalar alpha);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_mul(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_mul_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_mul_scalar(
        TensorHandle self, in NativeScalar other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_mul_scalar_(TensorHandle self, in NativeScalar other);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_div(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_div_(TensorHandle self, TensorHandle other);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_div_scalar(
        TensorHandle self, in NativeScalar other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_div_scalar_(TensorHandle self, in NativeScalar other);
}
