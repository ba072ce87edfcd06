using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor of ones; float32 on the CPU unless said otherwise.</summary>
    public static Tensor ones(
        long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => ones((ReadOnlySpan<long>)size, dtype, device, requires_grad, names);

    public static Tensor ones(
        ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null)
    {
        NativeMethods.fwt_ones(size, size.Length, Options(dtype, device, requires_grad, names), out var result);
        return new Tensor(result);
    }

    public static Tensor ones(
        long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => ones([size], dtype, device, requires_grad, names);

    public static Tensor ones(
        long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => ones([rows, columns], dtype, device, requires_grad, names);

    public static Tensor ones(
        long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => ones([dim0, dim1, dim2], dtype, device, requires_grad, names);

    public static Tensor ones(
        long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, string[]? names = null) =>
        ones([dim0, dim1, dim2, dim3], dtype, device, requires_grad, names);
}
