using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_view(
        TensorHandle self, ReadOnlySpan<long> values, int count, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_reshape(
        TensorHandle self, ReadOnlySpan<long> values, int count, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_permute(
        TensorHandle self, ReadOnlySpan<long> values, int count, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_expand(
        TensorHandle self, ReadOnlySpan<long> values, int count, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_transpose(
        TensorHandle self, long first, long second, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_unsqueeze(TensorHandle self, long dim, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_squeeze(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_squeeze_dim(TensorHandle self, long dim, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_flatten(TensorHandle self, long first, long last, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_select(TensorHandle self, long dim, long index, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_narrow(
        TensorHandle self, long dim, long start, long length, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_slice(
        TensorHandle self, long dim, long start, long stop, long step, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_index_select(
        TensorHandle self, long dim, TensorHandle index, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_cat(nint[] tensors, int count, long dim, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_stack(nint[] tensors, int count, long dim, out TensorHandle result);
}
