using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor whose elements are not set; float32 on the CPU unless said otherwise.</summary>
    public static Tensor empty(
        long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => empty((ReadOnlySpan<long>)size, dtype, device, requires_grad, names);

    public static Tensor empty(
        ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null)
    {
        NativeMethods.fwt_empty(size, size.Length, Options(dtype, device, requires_grad, names), out var result);
        return new Tensor(result);
    }

    public static Tensor empty(
        long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => empty([size], dtype, device, requires_grad, names);

    public static Tensor empty(
        long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => empty([rows, columns], dtype, device, requires_grad, names);

    public static Tensor empty(
        long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => empty([dim0, dim1, dim2], dtype, device, requires_grad, names);

    public static Tensor empty(
        long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, string[]? names = null) =>
        empty([dim0, dim1, dim2, dim3], dtype, device, requires_grad, names);
}
