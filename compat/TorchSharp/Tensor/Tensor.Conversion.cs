using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>This tensor's values on another device; another reference to it where it is there.</summary>
        /// <param name="copy">A new tensor in any case.</param>
        /// <param name="disposeAfter">Disposes this one afterwards.</param>
        /// <param name="non_blocking">Between pinned memory and a GPU: returns before the copy is done.</param>
        public Tensor to(
            DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false,
            bool non_blocking = false) =>
            Convert(-1, (int)deviceType, deviceIndex, copy, disposeAfter, non_blocking);

        public Tensor to(
            ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Convert((int)type, (int)device.type, device.index, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Convert((int)type, -1, -1, copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(device.type, device.index, copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) =>
            to(other.dtype, other.device, non_blocking: non_blocking);

        public Tensor to_type(
            ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(type, copy, disposeAfter, non_blocking);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);

        public Tensor half() => to(ScalarType.Float16);

        public Tensor bfloat16() => to(ScalarType.BFloat16);

        public Tensor cpu() => to(DeviceType.CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false)
        {
            if (device is not null && device.type != DeviceType.CUDA)
                throw new ArgumentException("Not a CUDA device.", nameof(device));
            return to(device ?? CUDA, non_blocking: non_blocking);
        }

        /// <summary>A copy in page-locked memory, from which a GPU reads while the CPU goes on.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">There is no CUDA device.</exception>
        public Tensor pin_memory()
        {
            NativeMethods.fwt_pin_memory(SafeHandle, out var result);
            return new Tensor(result);
        }

        /// <summary>This tensor itself under a second reference, to be disposed on its own.</summary>
        public Tensor alias()
        {
            NativeMethods.fwt_alias(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor clone()
        {
            NativeMethods.fwt_clone(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor detach()
        {
            NativeMethods.fwt_detach(SafeHandle, out var result);
            return new Tensor(result);
        }

        public Tensor contiguous()
        {
            NativeMethods.fwt_contiguous(SafeHandle, out var result);
            return new Tensor(result);
        }

        private Tensor Convert(
            int type, int deviceKind, int deviceIndex, bool copy, bool disposeAfter, bool nonBlocking)
        {
            NativeMethods.fwt_to(
                SafeHandle, type, deviceKind, deviceIndex, copy ? 1 : 0, nonBlocking ? 1 : 0, out var result);
            var tensor = new Tensor(result);
            if (disposeAfter)
                Dispose();
            return tensor;
        }
    }
}
