using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // There is no matmul: in TorchSharp's package an error in it ends the process. There is no baddbmm: the package
    // takes its first argument for the second factor and its second one for the summand, whatever their names say.
    public sealed partial class Tensor
    {
        /// <param name="target">[k, n], this being [m, k].</param>
        /// <returns>[m, n]</returns>
        public Tensor mm(Tensor target)
        {
            NativeMethods.fwt_mm(SafeHandle, target.SafeHandle, out var result);
            return new Tensor(result);
        }

        /// <param name="batch2">[b, k, n], this being [b, m, k].</param>
        /// <returns>[b, m, n]</returns>
        public Tensor bmm(Tensor batch2)
        {
            NativeMethods.fwt_bmm(SafeHandle, batch2.SafeHandle, out var result);
            return new Tensor(result);
        }

        /// <summary>beta · this + alpha · mat1 · mat2.</summary>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1)
        {
            NativeMethods.fwt_addmm(SafeHandle, mat1.SafeHandle, mat2.SafeHandle, beta, alpha, out var result);
            return new Tensor(result);
        }
    }
}
