using FineWebTorch.Model.Networks.Cuda;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

/// <summary>A device that has done everything as soon as it is asked; it counts what is open.</summary>
internal sealed class FakeStream : IDeviceStream
{
    public int OpenMarks { get; private set; }

    public int Buffers { get; private set; }

    public bool IsDisposed { get; private set; }

    public Tensor HostBuffer(long elements, ScalarType type)
    {
        Buffers++;
        return empty([elements], dtype: type);
    }

    public IStreamMark Mark()
    {
        OpenMarks++;
        return new FakeMark(this);
    }

    public void Dispose() => IsDisposed = true;

    private sealed class FakeMark(FakeStream stream) : IStreamMark
    {
        public bool IsReached => true;

        public void Wait() => Assert.True(stream.OpenMarks > 0);

        public TimeSpan Since(IStreamMark earlier) => TimeSpan.FromMilliseconds(5);

        public void Dispose() => stream.OpenMarks--;
    }
}
