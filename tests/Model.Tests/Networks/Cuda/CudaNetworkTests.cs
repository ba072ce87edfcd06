using FineWebTorch.Model.Networks.Cuda;
using FineWebTorch.Model.Networks.Reference;
using FineWebTorch.Model.Files;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Networks.Cuda;

/// <summary>The network for GPUs on the CPU, with a stream that is always done.</summary>
public sealed class CudaNetworkTests : IDisposable
{
    private readonly FakeStream _stream = new();
    private readonly BertConfig _config = BertConfig.Load(TestData.EduTiny);

    public void Dispose() => _stream.Dispose();

    [Fact]
    public void Scores_OfSeveralBatchesInFlight_AreThoseOfTheReferenceNetwork()
    {
        using var network = Load(CudaKernels.Reference(_config, ScalarType.Float32, _stream));
        using var reference = LoadReference();
        PackedBatch[] batches =
        [
            Scorer.Pack([[2, 17, 30, 99, 3], [2, 17, 3], [2, 3]]), Scorer.Pack([[2, 41, 3]]),
            Scorer.Pack([[2, 3], [2, 3]]),
        ];

        var pending = batches.Select(network.Begin).ToList();

        foreach (var (batch, one) in batches.Zip(pending))
        {
            var expected = reference.Begin(batch).Wait().Scores;
            var (scores, time) = one.Wait();
            Assert.Equal(expected, scores);
            Assert.Equal(TimeSpan.FromMilliseconds(5), time);
        }

        Assert.Equal(0, _stream.OpenMarks);
    }

    [Fact]
    public void FusedOperators_GiveTheScoresOfTheReferenceNetwork()
    {
        using var network = Load(CudaKernels.Choose(
            _config, CPU, ScalarType.Float32, _stream, [], () => HostKernels.Operators(ScalarType.Float32)));
        using var reference = LoadReference();
        var batch = Scorer.Pack([[2, 17, 30, 99, 3], [2, 17, 3], [2, 3]]);

        var expected = reference.Begin(batch).Wait().Scores;
        var scores = network.Begin(batch).Wait().Scores;

        Assert.Contains("fused norm", network.Kernels, StringComparison.Ordinal);
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void StagingBuffers_AreUsedAgain_ButNotWhileTheirBatchIsInFlight()
    {
        using var network = Load(CudaKernels.Reference(_config, ScalarType.Float32, _stream));
        var batch = Scorer.Pack([[2, 17, 3], [2, 3]]);

        var (first, second) = (network.Begin(batch), network.Begin(batch));
        Assert.Equal(4, _stream.Buffers);
        first.Wait();
        second.Wait();
        network.Begin(batch).Wait();
        Assert.Equal(4, _stream.Buffers);

        network.Begin(Scorer.Pack([[.. Enumerable.Repeat(7, 100)]])).Wait();
        Assert.Equal(6, _stream.Buffers);
    }

    [Fact]
    public void Batch_ThatFails_LeavesNothingBehind()
    {
        using var network = Load(CudaKernels.Reference(_config, ScalarType.Float32, _stream));
        Assert.ThrowsAny<Exception>(() => network.Begin(Scorer.Pack([[int.MaxValue]])));

        Assert.Equal(0, _stream.OpenMarks);
        Assert.Single(network.Begin(Scorer.Pack([[2, 3]])).Wait().Scores);
    }

    [Fact]
    public void Dispose_ClosesTheStream()
    {
        Load(CudaKernels.Reference(_config, ScalarType.Float32, _stream)).Dispose();
        Assert.True(_stream.IsDisposed);
    }

    private CudaNetwork Load(CudaKernels kernels)
    {
        using var checkpoint = BertCheckpoint.Open(TestData.EduTiny, _config);
        return CudaNetwork.Load(checkpoint, CPU, ModelDtype.Float32, kernels);
    }

    private ReferenceNetwork LoadReference()
    {
        using var checkpoint = BertCheckpoint.Open(TestData.EduTiny, _config);
        return ReferenceNetwork.Load(checkpoint, CPU, ModelDtype.Float32, threads: 0);
    }
}
