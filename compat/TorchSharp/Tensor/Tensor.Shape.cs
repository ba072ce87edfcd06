using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    // Views share the memory of the tensor they are taken from.
    public sealed partial class Tensor
    {
        /// <summary>A view of another shape; one dimension may be -1.</summary>
        public Tensor view(params long[] shape)
        {
            NativeMethods.fwt_view(SafeHandle, shape, shape.Length, out var result);
            return new Tensor(result);
        }

        /// <summary>As <see cref="view(long[])"/>, but a copy where strides do not allow a view.</summary>
        public Tensor reshape(params long[] shape)
        {
            NativeMethods.fwt_reshape(SafeHandle, shape, shape.Length, out var result);
            return new Tensor(result);
        }

        public Tensor permute(params long[] permutation)
        {
            NativeMethods.fwt_permute(SafeHandle, permutation, permutation.Length, out var result);
            return new Tensor(result);
        }

        /// <summary>Repeats dimensions of size 1 without copying; -1 leaves one as it is.</summary>
        public Tensor expand(params long[] sizes)
        {
            NativeMethods.fwt_expand(SafeHandle, sizes, sizes.Length, out var result);
            return new Tensor(result);
        }

        public Tensor transpose(long dim0, long dim1)
        {
            NativeMethods.fwt_transpose(SafeHandle, dim0, dim1, out var result);
            return new Tensor(result);
        }

        public Tensor unsqueeze(long dim)
        {
            NativeMethods.fwt_unsqueeze(SafeHandle, dim, out var result);
            return new Tensor(result);
        }

        /// <param name="dim">The dimension of size 1 to drop; null: all of them.</param>
        public Tensor squeeze(long? dim = null)
        {
            TensorHandle result;
            if (dim is { } one)
                NativeMethods.fwt_squeeze_dim(SafeHandle, one, out result);
            else
                NativeMethods.fwt_squeeze(SafeHandle, out result);
            return new Tensor(result);
        }

        public Tensor flatten(long start_dim = 0, long end_dim = -1)
        {
            NativeMethods.fwt_flatten(SafeHandle, start_dim, end_dim, out var result);
            return new Tensor(result);
        }

        /// <summary>The part at one index of a dimension, without that dimension.</summary>
        public Tensor select(long dim, long index)
        {
            NativeMethods.fwt_select(SafeHandle, dim, index, out var result);
            return new Tensor(result);
        }

        public Tensor narrow(long dim, long start, long length)
        {
            NativeMethods.fwt_narrow(SafeHandle, dim, start, length, out var result);
            return new Tensor(result);
        }

        public Tensor slice(long dim, long start, long finish, long step)
        {
            NativeMethods.fwt_slice(SafeHandle, dim, start, finish, step, out var result);
            return new Tensor(result);
        }

        /// <summary>A copy of the parts of a dimension that <paramref name="index"/> (int32 or int64) names.</summary>
        public Tensor index_select(long dim, Tensor index)
        {
            NativeMethods.fwt_index_select(SafeHandle, dim, index.SafeHandle, out var result);
            return new Tensor(result);
        }

        /// <summary>Views of <paramref name="size"/> each along a dimension; the last may be smaller.</summary>
        public Tensor[] split(long size, int dim = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
            var total = this.size(dim);
            var parts = new Tensor[Math.Max(1, (total + size - 1) / size)];
            for (var i = 0; i < parts.Length; i++)
                parts[i] = narrow(dim, i * size, Math.Min(size, total - i * size));
            return parts;
        }

        /// <summary>At most <paramref name="chunks"/> views of one size; the last may be smaller.</summary>
        public Tensor[] chunk(long chunks, long dim = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunks);
            return split(Math.Max(1, (size((int)dim) + chunks - 1) / chunks), (int)dim);
        }

        /// <summary>The parts at every index of a dimension.</summary>
        public Tensor[] unbind(long dimension = 0)
        {
            var parts = new Tensor[size((int)dimension)];
            for (var i = 0; i < parts.Length; i++)
                parts[i] = select(dimension, i);
            return parts;
        }
    }
}
