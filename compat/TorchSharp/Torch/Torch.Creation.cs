using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor filled with one value; float32 on the CPU unless said otherwise.</summary>
    public static Tensor full(
        long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) => full((ReadOnlySpan<long>)size, value, dtype, device, requires_grad, names);

    public static Tensor full(
        ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false, string[]? names = null)
    {
        var options = Options(dtype, device, requires_grad, names);
        NativeMethods.fwt_full(size, size.Length, value.Value, options, out var result);
        return new Tensor(result);
    }

    /// <summary>The numbers from start up to but not including stop.</summary>
    /// <param name="dtype">Where it is not given: int64 if all three numbers are integers, else float32.</param>
    public static Tensor arange(
        Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false)
    {
        var integers = new[] { start, stop, step }.All(bound => bound.Value.Kind != NativeScalarKind.Real);
        var options = Options(dtype ?? (integers ? ScalarType.Int64 : null), device, requires_grad, names: null);
        NativeMethods.fwt_arange(start.Value, stop.Value, step.Value, options, out var result);
        return new Tensor(result);
    }

    public static Tensor arange(
        Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(
        Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor empty_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null)
    {
        var options = Options(dtype ?? input.dtype, device ?? input.device, requires_grad, names);
        NativeMethods.fwt_empty_like(input.SafeHandle, options, out var result);
        return new Tensor(result);
    }

    public static Tensor zeros_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null)
    {
        var options = Options(dtype ?? input.dtype, device ?? input.device, requires_grad, names);
        NativeMethods.fwt_zeros_like(input.SafeHandle, options, out var result);
        return new Tensor(result);
    }

    private static NativeOptions Options(ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
    {
        if (names is { Length: > 0 })
            throw new NotSupportedException("Named dimensions are not part of this build's tensors.");
        return new NativeOptions(dtype ?? ScalarType.Float32, device, requiresGrad);
    }
}
