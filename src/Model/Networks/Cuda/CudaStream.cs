using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>The work that a device has been given, which it does in this order beside the host.</summary>
internal interface IDeviceStream : IDisposable
{
    /// <summary>Memory of the host from and to which the device copies while the host goes on.</summary>
    Tensor HostBuffer(long elements, ScalarType type);

    /// <summary>Marks the end of what the device has been given so far.</summary>
    IStreamMark Mark();
}

/// <summary>A place in a stream.</summary>
internal interface IStreamMark : IDisposable
{
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The device has failed.</exception>
    bool IsReached { get; }

    /// <summary>Waits until it is reached.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The device has failed.</exception>
    void Wait();

    /// <summary>What the device's clock says; both have been reached.</summary>
    TimeSpan Since(IStreamMark earlier);
}

/// <summary>The default stream of a GPU, on which all of libtorch's work is queued, in its primary context.</summary>
internal sealed class CudaStream : IDeviceStream
{
    private readonly int _device;
    private readonly nint _context;
    private bool _isDisposed;

    /// <param name="driver">Of this machine.</param>
    /// <param name="index">Number of the GPU.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The driver does not know this GPU.</exception>
    public CudaStream(CudaDriver driver, int index)
    {
        Driver = driver;
        _device = driver.Device(index);
        _context = driver.RetainContext(_device);
    }

    public CudaDriver Driver { get; }

    /// <summary>As in sm_XY: 10 X + Y.</summary>
    public int Architecture => Driver.ArchitectureOf(_device);

    /// <summary>Calls the driver in this GPU's context.</summary>
    public void Call(Action call) => Driver.In(_context, call);

    public Tensor HostBuffer(long elements, ScalarType type)
    {
        using var pageable = empty([elements], dtype: type);
        return pageable.pin_memory();
    }

    public IStreamMark Mark()
    {
        var handle = (nint)0;
        Call(() => handle = Driver.CreateEvent());
        var mark = new Event(Driver, handle);
        try
        {
            Call(() => Driver.Record(handle));
            return mark;
        }
        catch
        {
            mark.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_isDisposed)
            Driver.ReleaseContext(_device);
        _isDisposed = true;
    }

    private sealed class Event(CudaDriver driver, nint handle) : IStreamMark
    {
        private nint _handle = handle;

        public bool IsReached => driver.IsReached(_handle);

        public void Wait() => driver.Wait(_handle);

        public TimeSpan Since(IStreamMark earlier) => driver.Between(((Event)earlier)._handle, _handle);

        public void Dispose()
        {
            if (_handle != 0)
                driver.Destroy(_handle);
            _handle = 0;
        }
    }
}
