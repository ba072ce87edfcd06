using TorchSharp.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static unsafe partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>
        /// The memory of a contiguous CPU tensor, at most 2 GiB. It is valid while the tensor lives, which the span
        /// does not see to.
        /// </summary>
        /// <exception cref="ArgumentException">Too large for a span; or a span of another size is set.</exception>
        /// <exception cref="InvalidOperationException">It is not contiguous, or not on the CPU.</exception>
        public Span<byte> bytes
        {
            get
            {
                var description = Describe();
                if (description.Contiguous == 0)
                    throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
                var size = description.Elements * description.ElementSize;
                if (size > int.MaxValue)
                    throw new ArgumentException("Span only supports up to int.MaxValue elements.");
                return new Span<byte>(DataPointer(description), (int)size);
            }
            set
            {
                var target = bytes;
                if (target.Length != value.Length)
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(target);
                GC.KeepAlive(this);
            }
        }

        /// <summary>The elements as .NET values; a tensor elsewhere is copied to the CPU first.</summary>
        /// <exception cref="ArgumentException">T is not the element type's .NET type.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            if (ElementType(typeof(T)) != dtype)
                throw new ArgumentException($"{typeof(T).Name} is not compatible with {dtype}");
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        /// <summary>The value of a tensor of one element.</summary>
        /// <inheritdoc cref="data"/>
        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            using var accessor = data<T>();
            return accessor[0];
        }

        /// <summary>The value of a tensor of one element, of any type.</summary>
        public Scalar ToScalar()
        {
            NativeMethods.fwt_item(SafeHandle, out var value);
            return new Scalar(value, dtype);
        }

        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            NativeMethods.fwt_copy_(SafeHandle, source.SafeHandle, nonBlocking ? 1 : 0);
            return this;
        }

        public Tensor fill_(Scalar value)
        {
            NativeMethods.fwt_fill_(SafeHandle, value.Value);
            return this;
        }

        public Tensor zero_()
        {
            NativeMethods.fwt_zero_(SafeHandle);
            return this;
        }

        internal void* DataPointer() => DataPointer(Describe());

        private void* DataPointer(in TensorDescription description)
        {
            if (description.DeviceKind != (int)DeviceType.CPU)
            {
                throw new InvalidOperationException(
                    "Reading data from non-CPU memory is not supported. " +
                    "Move or copy the tensor to the cpu before reading.");
            }
            NativeMethods.fwt_data(SafeHandle, out var data);
            return (void*)data;
        }
    }
}
