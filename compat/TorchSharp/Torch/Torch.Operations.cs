using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Joins tensors along a dimension they have.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        using var handles = new TensorHandles(tensors.AsReadOnly());
        NativeMethods.fwt_cat(handles.Pointers, handles.Pointers.Length, dim, out var result);
        return new Tensor(result);
    }

    /// <summary>Joins tensors of one shape along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        using var handles = new TensorHandles(tensors.ToArray());
        NativeMethods.fwt_stack(handles.Pointers, handles.Pointers.Length, dim, out var result);
        return new Tensor(result);
    }

    /// <summary>x where the condition holds, else y.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y)
    {
        NativeMethods.fwt_where(condition.SafeHandle, x.SafeHandle, y.SafeHandle, out var result);
        return new Tensor(result);
    }

    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);

    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta, float alpha) =>
        input.addmm(mat1, mat2, beta, alpha);

    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);

    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    public static Tensor tanh(Tensor input) => input.tanh();

    public static Tensor erf(Tensor input) => input.erf();

    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();
}
