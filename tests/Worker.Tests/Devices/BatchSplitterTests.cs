using FineWebTorch.Model;
using FineWebTorch.Worker.Devices;

namespace FineWebTorch.Worker.Tests.Devices;

public sealed class BatchSplitterTests
{
    private static readonly PackedBatch Batch = new([1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 4, 7, 8, 9]);

    [Theory]
    [InlineData(9, 1)]
    [InlineData(7, 2)]
    [InlineData(4, 3)]
    public void Batch_TooLarge_IsScoredInParts(int mostTokens, int parts)
    {
        var scored = new List<int>();
        var splitter = new BatchSplitter((batch, scores) =>
        {
            if (batch.Tokens > mostTokens)
                throw OutOfMemory();
            scored.Add(batch.Documents);
            for (var i = 0; i < scores.Length; i++)
            {
                var (begin, end) = (batch.CumulativeLengths.Span[i], batch.CumulativeLengths.Span[i + 1]);
                scores[i] = batch.TokenIds.Span[begin..end].ToArray().Sum();
            }
        });
        var scores = new float[4];

        Assert.Equal(parts > 1, splitter.Score(Batch, scores));

        Assert.Equal([10f, 18, 8, 9], scores);
        Assert.Equal(parts, scored.Count);
    }

    [Fact]
    public void Document_ThatDoesNotFitAlone_Fails() => Assert.Throws<DeviceMemoryException>(() =>
        new BatchSplitter((_, _) => throw OutOfMemory()).Score(Batch, new float[4]));

    [Fact]
    public void OtherFailure_IsNotTriedAgain()
    {
        var attempts = 0;
        var splitter = new BatchSplitter((_, _) =>
        {
            attempts++;
            throw new DeviceFailedException("CUDA error: an illegal memory access was encountered");
        });
        Assert.Throws<DeviceFailedException>(() => splitter.Score(Batch, new float[4]));
        Assert.Equal(1, attempts);
    }

    private static DeviceMemoryException OutOfMemory() => new("CUDA out of memory. Tried to allocate 2.00 GiB");
}
