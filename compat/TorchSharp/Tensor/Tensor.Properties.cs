using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public long Dimensions => Describe().Dimensions;

        public long ndim => Dimensions;

        public long NumberOfElements => Describe().Elements;

        /// <summary>Bytes of one element.</summary>
        public long ElementSize => Describe().ElementSize;

        public ScalarType dtype => (ScalarType)Describe().Dtype;

        public DeviceType device_type => (DeviceType)Describe().DeviceKind;

        public int device_index => Describe().DeviceIndex;

        public Device device
        {
            get
            {
                var description = Describe();
                return new Device((DeviceType)description.DeviceKind, description.DeviceIndex);
            }
        }

        public long[] shape
        {
            get
            {
                var result = new long[Describe().Dimensions];
                NativeMethods.fwt_sizes(SafeHandle, result, result.Length);
                return result;
            }
        }

        public bool requires_grad
        {
            get => Describe().RequiresGrad != 0;
            set => NativeMethods.fwt_set_requires_grad(SafeHandle, value ? 1 : 0);
        }

        public bool is_cuda => device_type == DeviceType.CUDA;

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long element_size() => ElementSize;

        public long[] size() => shape;

        /// <param name="dim">Negative: counted from the end.</param>
        public long size(int dim) => shape[dim < 0 ? ^-dim : dim];

        public long[] stride()
        {
            var result = new long[Describe().Dimensions];
            NativeMethods.fwt_strides(SafeHandle, result, result.Length);
            return result;
        }

        /// <inheritdoc cref="size(int)"/>
        public long stride(int dim) => stride()[dim < 0 ? ^-dim : dim];

        /// <summary>Elements between the start of the storage and this tensor's first.</summary>
        public long storage_offset()
        {
            NativeMethods.fwt_storage_offset(SafeHandle, out var result);
            return result;
        }

        public bool is_contiguous() => Describe().Contiguous != 0;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_pinned()
        {
            NativeMethods.fwt_is_pinned(SafeHandle, out var result);
            return result != 0;
        }
    }
}
