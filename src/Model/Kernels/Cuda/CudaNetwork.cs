using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Kernels.Cuda;

/// <summary>
/// The network on a device that computes beside the host: a batch is copied, computed and its scores are copied back
/// without a wait in between, so that the next batch can be queued behind it. One copy each way.
/// </summary>
internal sealed class CudaNetwork : IAsyncNetwork
{
    private readonly Device _device;
    private readonly BertEncoder _encoder;
    private readonly RegressionHead _head;
    private readonly CudaKernels _kernels;
    private readonly StagingBuffers _staging;

    private CudaNetwork(Device device, BertEncoder encoder, RegressionHead head, CudaKernels kernels)
    {
        _device = device;
        _encoder = encoder;
        _head = head;
        _kernels = kernels;
        _staging = new StagingBuffers(kernels.Stream);
    }

    public string Kernels => _kernels.Names;

    /// <param name="kernels">Taken over.</param>
    /// <inheritdoc cref="BertRegressor.Load"/>
    public static CudaNetwork Load(WeightLoader weights, BertConfig config, Device device, CudaKernels kernels)
    {
        using var scope = NewDisposeScope(); // frees what was loaded before a failure
        try
        {
            var network = new CudaNetwork(
                device, BertEncoder.Load(weights, config, kernels.Operators), RegressionHead.Load(weights, config),
                kernels);
            foreach (var weight in scope.DisposablesView)
                scope.Detach(weight);
            return network;
        }
        catch
        {
            kernels.Dispose();
            throw;
        }
    }

    public void Score(PackedBatch batch, Span<float> scores) => Begin(batch).Wait().Scores.CopyTo(scores);

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
        public override bool IsCompleted => end.IsReached;

        public override ComputedScores Wait()
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
