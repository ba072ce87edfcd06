using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_empty(
        ReadOnlySpan<long> sizes, int count, NativeOptions how, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_zeros(
        ReadOnlySpan<long> sizes, int count, NativeOptions how, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_ones(
        ReadOnlySpan<long> sizes, int count, NativeOptions how, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_full(
        ReadOnlySpan<long> sizes, int count, in NativeScalar value, NativeOptions how, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_arange(
        in NativeScalar start, in NativeScalar stop, in NativeScalar step, NativeOptions how, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_empty_like(TensorHandle self, NativeOptions how, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_zeros_like(TensorHandle self, NativeOptions how, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_from_blob(
        void* data, ReadOnlySpan<long> sizes, int count, int dtype, nint context, delegate* unmanaged<nint,
        void> release, out TensorHandle result);
}
