using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch's. Operators throw <see cref="System.Runtime.InteropServices.ExternalException"/> with
    /// libtorch's message where shapes, element types or devices do not fit, or memory is exhausted.
    /// </summary>
    public sealed partial class Tensor : IDisposable
    {
        internal Tensor(TensorHandle handle)
        {
            SafeHandle = handle;
            DisposeScopeManager.Register(this);
        }

        /// <summary>Native tensors alive in the process.</summary>
        public static long TotalCount => NativeMethods.fwt_live_tensors();

        /// <summary>
        /// The <c>at::Tensor*</c>. It does not keep the tensor alive: a caller that hands it to native code needs a
        /// <see cref="GC.KeepAlive"/> behind that call.
        /// </summary>
        /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
        public nint Handle
        {
            get
            {
                ObjectDisposedException.ThrowIf(SafeHandle.IsClosed, this);
                return SafeHandle.DangerousGetHandle();
            }
        }

        public bool IsInvalid => SafeHandle.IsClosed || SafeHandle.IsInvalid;

        internal TensorHandle SafeHandle { get; }

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Takes over an <c>at::Tensor*</c> that native code made with <c>new</c>.</summary>
        public static Tensor UnsafeCreateTensor(nint handle)
        {
            ArgumentOutOfRangeException.ThrowIfZero(handle);
            NativeMethods.fwt_tensor_moved(1);
            return new Tensor(new TensorHandle(handle));
        }

        /// <summary>Gives the <c>at::Tensor*</c> away, as if disposed; native code must delete it.</summary>
        public nint DecoupleFromNativeHandle()
        {
            ObjectDisposedException.ThrowIf(SafeHandle.IsClosed, this);
            OwningDisposeScope?.MarkAsDisposed(this);
            NativeMethods.fwt_tensor_moved(-1);
            return SafeHandle.Release();
        }

        /// <summary>Makes the tensor the outer scope's, or nobody's where there is none.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            OwningDisposeScope?.MoveToOther(other, this);
            return this;
        }

        /// <summary>From now on the tensor is the caller's to dispose.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public void Dispose()
        {
            OwningDisposeScope?.MarkAsDisposed(this);
            SafeHandle.Dispose();
        }

        public override string ToString() =>
            IsInvalid ? "disposed tensor" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        private TensorDescription Describe()
        {
            NativeMethods.fwt_describe(SafeHandle, out var description);
            return description;
        }
    }
}
