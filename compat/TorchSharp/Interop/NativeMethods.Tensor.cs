using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_describe(TensorHandle self, out TensorDescription result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_sizes(TensorHandle self, Span<long> sizes, int count);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_strides(TensorHandle self, Span<long> strides, int count);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_data(TensorHandle self, out nint result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_storage_offset(TensorHandle self, out long result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_item(TensorHandle self, out NativeScalar result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_set_requires_grad(TensorHandle self, int value);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_to(
        TensorHandle self, int dtype, int deviceKind, int deviceIndex, int copy, int nonBlocking,
        out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_copy_(TensorHandle self, TensorHandle source, int nonBlocking);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_fill_(TensorHandle self, in NativeScalar value);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_pin_memory(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_is_pinned(TensorHandle self, out int result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_alias(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_clone(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_detach(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_contiguous(TensorHandle self, out TensorHandle result);
}
