using FineWebTorch.Model.Kernels.Cuda;
using FineWebTorch.Model.Safetensors;
using static TorchSharp.torch;

namespace FineWebTorch.Model.Tests.Kernels.Cuda;

/// <summary>The network for GPUs on the CPU, with a stream that is always done.</summary>
public sealed class CudaNetworkTests : IDisposable
{
    private static readonly string Folder = Path.Combine(TestData.RepositoryRoot, "weights", "edu-tiny");

    private readonly FakeStream _stream = new();
    private readonly BertConfig _config = BertConfig.Load(Folder);

    public void Dispose() => _stream.Dispose();

    [Fact]
    public void Scores_OfSeveralBatchesInFlight_AreThoseOfTheComposedNetwork()
    {
        using var network = Load(CudaKernels.Composed(_config, ScalarType.Float32, _stream));
        using var composed = LoadComposed();
        PackedBatch[] batches =
        [
            Scorer.Pack([[2, 17, 30, 99, 3], [2, 17, 3], [2, 3]]), Scorer.Pack([[2, 41, 3]]),
            Scorer.Pack([[2, 3], [2, 3]]),
        ];

        var pending = batches.Select(network.Begin).ToList();

        foreach (var (batch, one) in batches.Zip(pending))
        {
            var expected = new float[batch.Documents];
            composed.Score(batch, expected);
            var (scores, time) = one.Wait();
            Assert.Equal(expected, scores);
            Assert.Equal(TimeSpan.FromMilliseconds(5), time);
        }

        Assert.Equal(0, _stream.OpenMarks);
    }

    [Fact]
    public void FusedOperators_GiveTheScoresOfTheComposedNetwork()
    {
        using var network = Load(new Lazy<CudaKernels>(() => CudaKernels.Choose(
            _config, CPU, ScalarType.Float32, _stream, () => FusedOperators.OnHost(ScalarType.Float32))).Value);
        using var composed = LoadComposed();
        var batch = Scorer.Pack([[2, 17, 30, 99, 3], [2, 17, 3], [2, 3]]);
        var (expected, scores) = (new float[3], new float[3]);

        composed.Score(batch, expected);
        network.Score(batch, scores);

        Assert.Contains("fused norm", network.Kernels, StringComparison.Ordinal);
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void StagingBuffers_AreUsedAgain_ButNotWhileTheirBatchIsInFlight()
    {
        using var network = Load(CudaKernels.Composed(_config, ScalarType.Float32, _stream));
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
        using var network = Load(CudaKernels.Composed(_config, ScalarType.Float32, _stream));
        Assert.ThrowsAny<Exception>(() => network.Begin(Scorer.Pack([[int.MaxValue]])));

        Assert.Equal(0, _stream.OpenMarks);
        Assert.Single(network.Begin(Scorer.Pack([[2, 3]])).Wait().Scores);
    }

    [Fact]
    public void Dispose_ClosesTheStream()
    {
        Load(CudaKernels.Composed(_config, ScalarType.Float32, _stream)).Dispose();
        Assert.True(_stream.IsDisposed);
    }

    private CudaNetwork Load(CudaKernels kernels)
    {
        using var weights = WeightSet.Open(Folder);
        return CudaNetwork.Load(new WeightLoader(weights, CPU, ScalarType.Float32), _config, CPU, kernels);
    }

    private BertRegressor LoadComposed() =>
        BertRegressor.Load(
            Folder, _config, ComputeDevice.Resolve("cpu", kernels: KernelChoice.Reference), ModelDtype.Float32);
}
