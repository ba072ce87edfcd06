using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // With broadcasting; all but the last give tensors of booleans.
    public sealed partial class Tensor
    {
        public Tensor eq(Tensor target)
        {
            NativeMethods.fwt_eq(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor eq(Scalar target)
        {
            NativeMethods.fwt_eq_scalar(SafeHandle, target.Value, out var result);
            return new Tensor(result);
        }

        public Tensor ne(Tensor target)
        {
            NativeMethods.fwt_ne(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor ne(Scalar target)
        {
            NativeMethods.fwt_ne_scalar(SafeHandle, target.Value, out var result);
            return new Tensor(result);
        }

        public Tensor lt(Tensor target)
        {
            NativeMethods.fwt_lt(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor lt(Scalar target)
        {
            NativeMethods.fwt_lt_scalar(SafeHandle, target.Value, out var result);
            return new Tensor(result);
        }

        public Tensor le(Tensor target)
        {
            NativeMethods.fwt_le(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor le(Scalar target)
        {
            NativeMethods.fwt_le_scalar(SafeHandle, target.Value, out var result);
            return new Tensor(result);
        }

        public Tensor gt(Tensor target)
        {
            NativeMethods.fwt_gt(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor gt(Scalar target)
        {
            NativeMethods.fwt_gt_scalar(SafeHandle, target.Value, out var result);
            return new Tensor(result);
        }

        public Tensor ge(Tensor target)
        {
            NativeMethods.fwt_ge(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor ge(Scalar target)
        {
            NativeMethods.fwt_ge_scalar(SafeHandle, target.Value, out var result);
            return new Tensor(result);
        }

        /// <summary>Whether |this - target| ≤ atol + rtol · |target| everywhere.</summary>
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
        {
            NativeMethods.fwt_allclose(
                SafeHandle, target.SafeHandle, rtol, atol, equal_nan ? 1 : 0, out var result);
            return result != 0;
        }
    }
}
