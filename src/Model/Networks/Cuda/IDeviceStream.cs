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

/// <summary>A place in a stream. Safe for several threads.</summary>
internal interface IStreamMark : IDisposable
{
    bool IsReached { get; }

    /// <summary>Waits until it is reached.</summary>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">The device has failed.</exception>
    void Wait();

    /// <summary>What the device's clock says; both have been reached.</summary>
    TimeSpan Since(IStreamMark earlier);
}
