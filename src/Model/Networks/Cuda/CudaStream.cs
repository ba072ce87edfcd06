using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>The default stream of a GPU, on which all of libtorch's work is queued.</summary>
internal sealed unsafe class CudaStream : IDeviceStream
{
    private readonly CudaLibrary _library = CudaLibrary.Loaded;
    private nint _device;

    /// <param name="index">Number of the GPU.</param>
    /// <exception cref="DllNotFoundException">The native library is missing.</exception>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The driver does not know this GPU.</exception>
    public CudaStream(int index)
    {
        nint device;
        _library.Check(_library.DeviceOpen(index, &device));
        _device = device;
    }

    /// <summary>The native device; it must outlive what is opened on it.</summary>
    public nint Device => _device;

    public Tensor HostBuffer(long elements, ScalarType type)
    {
        using var pageable = empty([elements], dtype: type);
        return pageable.pin_memory();
    }

    public IStreamMark Mark()
    {
        nint mark;
        _library.Check(_library.EventCreate(_device, &mark));
        var result = new Event(_library, mark);
        try
        {
            _library.Check(_library.EventRecord(_device, mark));
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_device != 0)
            _library.DeviceClose(_device);
        _device = 0;
    }

    private sealed class Event(CudaLibrary library, nint handle) : IStreamMark
    {
        private nint _handle = handle;

        public bool IsReached
        {
            get
            {
                int reached;
                library.Check(library.EventQuery(_handle, &reached));
                return reached != 0;
            }
        }

        public void Wait() => library.Check(library.EventWait(_handle));

        public TimeSpan Since(IStreamMark earlier)
        {
            float milliseconds;
            library.Check(library.EventElapsed(((Event)earlier)._handle, _handle, &milliseconds));
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        public void Dispose()
        {
            if (_handle != 0)
                library.EventDestroy(_handle);
            _handle = 0;
        }
    }
}
