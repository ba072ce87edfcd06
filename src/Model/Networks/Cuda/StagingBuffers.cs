using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>Host memory for the batches in flight, used again when a batch is done. Safe for several threads.</summary>
internal sealed class StagingBuffers(IDeviceStream stream) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Buffer> _idle = [];

    /// <param name="inputs">int64 numbers that go to the device.</param>
    /// <param name="scores">Numbers that come back.</param>
    public Buffer Rent(long inputs, long scores)
    {
        lock (_lock)
        {
            var place = _idle.FindIndex(buffer => buffer.Fits(inputs, scores));
            if (place >= 0)
            {
                var found = _idle[place];
                _idle.RemoveAt(place);
                return found;
            }

            // One that is too small now will be for the next batch of this size.
            if (_idle.Count > 0)
            {
                _idle[^1].Dispose();
                _idle.RemoveAt(_idle.Count - 1);
            }
        }

        return new Buffer(
            stream.HostBuffer(inputs, ScalarType.Int64).DetachFromDisposeScope(),
            stream.HostBuffer(scores, ScalarType.Float32).DetachFromDisposeScope());
    }

    /// <summary>Takes a buffer back that the device is done with.</summary>
    public void Return(Buffer buffer)
    {
        lock (_lock)
            _idle.Add(buffer);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _idle.ForEach(buffer => buffer.Dispose());
            _idle.Clear();
        }
    }

    /// <summary>The host's side of one batch.</summary>
    /// <param name="Inputs">[at least the inputs], int64</param>
    /// <param name="Scores">[at least the scores], fp32</param>
    internal sealed record Buffer(Tensor Inputs, Tensor Scores) : IDisposable
    {
        public bool Fits(long inputs, long scores) => Inputs.shape[0] >= inputs && Scores.shape[0] >= scores;

        public void Dispose()
        {
            Inputs.Dispose();
            Scores.Dispose();
        }
    }
}
