using System.Runtime.InteropServices;
using FineWebTorch.Model.Files;
using FineWebTorch.Model.Networks.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>
/// The network on a device that computes beside the host: a batch is copied, computed and its scores are copied back
/// without a wait in between, so that the next batch can be queued behind it. One copy each way.
/// </summary>
internal sealed class CudaNetwork : INetwork
{
    private readonly Device _device;
    private readonly BertEncoder _encoder;
    private readonly RegressionHead _head;
    private readonly CudaKernels _kernels;
    private readonly StagingBuffers _staging;

    private CudaNetwork(BertCheckpoint checkpoint, TorchWeights weights, Device device, CudaKernels kernels)
    {
        _device = device;
        _encoder = new BertEncoder(checkpoint, weights, kernels.Operators);
        _head = new RegressionHead(checkpoint, weights);
        _kernels = kernels;
        _staging = new StagingBuffers(kernels.Stream);
    }

    public string Kernels => _kernels.Names;

    public bool IsBatchInvariant => false;

    /// <summary>On a GPU, with all operators that pass; the reference network where not even its stream does.</summary>
    /// <param name="checkpoint">Read while this is called.</param>
    /// <param name="index">Number of the GPU.</param>
    /// <param name="dtype">Of the linear layers.</param>
    /// <param name="warnings">Told of what does not work as it should; scores are right all the same.</param>
    public static INetwork LoadOnGpu(BertCheckpoint checkpoint, int index, ModelDtype dtype, List<string> warnings)
    {
        var device = new Device(DeviceType.CUDA, index);
        return CudaKernels.OnGpu(index, checkpoint.Config, dtype, warnings) is { } kernels
            ? Load(checkpoint, device, dtype, kernels)
            : ReferenceNetwork.Load(checkpoint, device, dtype, threads: 0);
    }

    /// <param name="checkpoint">Read while this is called.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="dtype">Of the linear layers.</param>
    /// <param name="kernels">Taken over.</param>
    public static CudaNetwork Load(BertCheckpoint checkpoint, Device device, ModelDtype dtype, CudaKernels kernels)
    {
        try
        {
            return TorchWeights.Keep(() => new CudaNetwork(
                checkpoint, new TorchWeights(device, TorchWeights.TypeOf(dtype)), device, kernels));
        }
        catch
        {
            kernels.Dispose();
            throw;
        }
    }

    public PendingScores Begin(PackedBatch batch)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var begin = _kernels.Stream.Mark();
        StagingBuffers.Buffer? buffer = null;
        try
        {
            buffer = _staging.Rent(EncoderInput.Size(batch.Tokens, batch.Documents), batch.Documents);
            Queue(batch, buffer);
            return new Pending(this, batch.Documents, buffer, begin, _kernels.Stream.Mark());
        }
        catch
        {
            // The device may still be reading from it: not to be used again.
            buffer?.Dispose();
            begin.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _head.Dispose();
        _staging.Dispose();
        _kernels.Dispose();
    }

    private void Queue(PackedBatch batch, StagingBuffers.Buffer buffer)
    {
        var inputs = buffer.Inputs.narrow(0, 0, EncoderInput.Size(batch.Tokens, batch.Documents));
        EncoderInput.Fill(
            MemoryMarshal.Cast<byte, long>(inputs.bytes), batch.TokenIds.Span, batch.CumulativeLengths.Span);
        var moved = inputs.to(_device, copy: true, non_blocking: true);
        var input = EncoderInput.Of(moved, batch.Tokens, batch.Documents);
        var scores = _head.Forward(_encoder.Forward(input, _kernels.AttentionOf(moved, batch)));
        buffer.Scores.narrow(0, 0, batch.Documents).copy_(scores, nonBlocking: true);
    }

    private sealed class Pending(
        CudaNetwork network, int documents, StagingBuffers.Buffer buffer, IStreamMark begin, IStreamMark end)
        : PendingScores
    {
        protected override bool IsDone => end.IsReached;

        protected override ComputedScores Collect()
        {
            try
            {
                end.Wait();
                var scores = MemoryMarshal.Cast<byte, float>(buffer.Scores.bytes)[..documents].ToArray();
                var time = end.Since(begin);
                network._staging.Return(buffer);
                return new ComputedScores(scores, time);
            }
            finally
            {
                begin.Dispose();
                end.Dispose();
            }
        }
    }
}
