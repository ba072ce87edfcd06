using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // With broadcasting; names that end in an underscore change this tensor and return it.
    public sealed partial class Tensor
    {
        private static readonly NativeScalar One = new(1L);

        public Tensor add(Tensor target) => add(target, 1);

        public Tensor add(Tensor target, Scalar alpha)
        {
            NativeMethods.fwt_add(SafeHandle, target.SafeHandle, alpha.Value, out var result);
            return new Tensor(result);
        }

        public Tensor add(Scalar scalar) => add(scalar, 1);

        public Tensor add(Scalar scalar, Scalar alpha)
        {
            NativeMethods.fwt_add_scalar(SafeHandle, scalar.Value, alpha.Value, out var result);
            return new Tensor(result);
        }

        public Tensor add_(Tensor target) => add_(target, 1);

        public Tensor add_(Tensor target, Scalar alpha)
        {
            NativeMethods.fwt_add_(SafeHandle, target.SafeHandle, alpha.Value);
            return this;
        }

        public Tensor add_(Scalar scalar) => add_(scalar, 1);

        public Tensor add_(Scalar scalar, Scalar alpha)
        {
            NativeMethods.fwt_add_scalar_(SafeHandle, scalar.Value, alpha.Value);
            return this;
        }

        public Tensor sub(Tensor target)
        {
            NativeMethods.fwt_sub(SafeHandle, target.SafeHandle, One, out var result);
            return new Tensor(result);
        }

        public Tensor sub(Scalar target)
        {
            NativeMethods.fwt_sub_scalar(SafeHandle, target.Value, One, out var result);
            return new Tensor(result);
        }

        public Tensor sub_(Tensor target)
        {
            NativeMethods.fwt_sub_(SafeHandle, target.SafeHandle, One);
            return this;
        }

        public Tensor sub_(Scalar target)
        {
            NativeMethods.fwt_sub_scalar_(SafeHandle, target.Value, One);
            return this;
        }

        public Tensor mul(Tensor target)
        {
            NativeMethods.fwt_mul(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor mul(Scalar target)
        {
            NativeMethods.fwt_mul_scalar(SafeHandle, target.Value, out var result);
            return new Tensor(result);
        }

        public Tensor mul_(Tensor target)
        {
            NativeMethods.fwt_mul_(SafeHandle, target.SafeHandle);
            return this;
        }

        public Tensor mul_(Scalar target)
        {
            NativeMethods.fwt_mul_scalar_(SafeHandle, target.Value);
            return this;
        }

        public Tensor div(Tensor target)
        {
            NativeMethods.fwt_div(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor div(Scalar target)
        {
            NativeMethods.fwt_div_scalar(SafeHandle, target.Value, out var result);
            return new Tensor(result);
        }

        public Tensor div_(Tensor target)
        {
            NativeMethods.fwt_div_(SafeHandle, target.SafeHandle);
            return this;
        }

        public Tensor div_(Scalar target)
        {
            NativeMethods.fwt_div_scalar_(SafeHandle, target.Value);
            return this;
        }
    }
}
