using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_abs(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_neg(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_exp(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_sqrt(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_erf(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_tanh(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_gelu(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_isfinite(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_isnan(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_logical_not(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_mean(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_max(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_min(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_any(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_all(TensorHandle self, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_tanh_(TensorHandle self);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_gelu_(TensorHandle self);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_zero_(TensorHandle self);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_clamp(
        TensorHandle self, NativeScalar* min, NativeScalar* max, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_masked_fill(
        TensorHandle self, TensorHandle mask, in NativeScalar value, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_masked_fill_(TensorHandle self, TensorHandle mask, in NativeScalar value);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_where(
        TensorHandle condition, TensorHandle yes, TensorHandle no, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_sum(
        TensorHandle self, ReadOnlySpan<long> dims, int count, int keep, int dtype, out TensorHandle result);
}
