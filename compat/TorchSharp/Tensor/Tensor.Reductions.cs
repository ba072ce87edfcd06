using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>Of all elements; so are the other reductions without a dimension.</summary>
        public Tensor mean()
        {
            NativeMethods.fwt_mean(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor max()
        {
            NativeMethods.fwt_max(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor min()
        {
            NativeMethods.fwt_min(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor any()
        {
            NativeMethods.fwt_any(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor all()
        {
            NativeMethods.fwt_all(SafeHandle, out var result);
            return new Tensor(result);
        }

        /// <param name="type">To add up in, and of the result; null: int64 for integers, else this tensor's.</param>
        public Tensor sum(ScalarType? type = null) => Sum([], keepdim: false, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Sum([dim], keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) =>
            Sum(dim, keepdim, type);

        /// <param name="dtype">To compute in, and of the result; null: this tensor's.</param>
        public Tensor softmax(long dim, ScalarType? dtype = null)
        {
            NativeMethods.fwt_softmax(SafeHandle, dim, dtype is null ? -1 : (int)dtype, out var result);
            return new Tensor(result);
        }

        private Tensor Sum(ReadOnlySpan<long> dim, bool keepdim, ScalarType? type)
        {
            NativeMethods.fwt_sum(
                SafeHandle, dim, dim.Length, keepdim ? 1 : 0, type is null ? -1 : (int)type, out var result);
            return new Tensor(result);
        }
    }
}
