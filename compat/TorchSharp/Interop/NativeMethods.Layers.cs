using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_mm(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_bmm(TensorHandle self, TensorHandle other, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_addmm(
        TensorHandle self, TensorHandle first, TensorHandle second, float beta, float alpha, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_linear(
        TensorHandle input, TensorHandle weight, TensorHandle bias, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_layer_norm(
        TensorHandle input, ReadOnlySpan<long> shape, int count, TensorHandle weight, TensorHandle bias,
        double epsilon, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_softmax(TensorHandle self, long dim, int dtype, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial NativeStatus fwt_scaled_dot_product_attention(
        TensorHandle query, TensorHandle key, TensorHandle value, TensorHandle mask, double dropout, int causal,
        out TensorHandle result);
}
