using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor abs()
        {
            NativeMethods.fwt_abs(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor neg()
        {
            NativeMethods.fwt_neg(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor exp()
        {
            NativeMethods.fwt_exp(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor sqrt()
        {
            NativeMethods.fwt_sqrt(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor erf()
        {
            NativeMethods.fwt_erf(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor tanh()
        {
            NativeMethods.fwt_tanh(SafeHandle, out var result);
            return new Tensor(result);
        }

        /// <summary>The exact form, with erf.</summary>
        public Tensor gelu()
        {
            NativeMethods.fwt_gelu(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor isfinite()
        {
            NativeMethods.fwt_isfinite(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor isnan()
        {
            NativeMethods.fwt_isnan(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor logical_not()
        {
            NativeMethods.fwt_logical_not(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor tanh_()
        {
            NativeMethods.fwt_tanh_(SafeHandle);
            return this;
        }

        public Tensor gelu_()
        {
            NativeMethods.fwt_gelu_(SafeHandle);
            return this;
        }

        /// <param name="min">Null: no lower bound.</param>
        /// <param name="max">Null: no upper bound.</param>
        public unsafe Tensor clamp(Scalar? min = null, Scalar? max = null)
        {
            var low = min?.Value ?? default;
            var high = max?.Value ?? default;
            NativeMethods.fwt_clamp(
                SafeHandle, min is null ? null : &low, max is null ? null : &high, out var result);
            return new Tensor(result);
        }

        /// <summary>Puts a value where the mask (booleans) is true.</summary>
        public Tensor masked_fill(Tensor mask, Scalar value)
        {
            NativeMethods.fwt_masked_fill(SafeHandle, mask.SafeHandle, value.Value, out var result);
            return new Tensor(result);
        }

        public Tensor masked_fill_(Tensor mask, Scalar value)
        {
            NativeMethods.fwt_masked_fill_(SafeHandle, mask.SafeHandle, value.Value);
            return this;
        }
    }
}
