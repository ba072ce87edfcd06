using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Pipeline;

/// <summary>Scoring some rows of a window alone, to find the one that ends workers.</summary>
public sealed class ProbeTests : IDisposable
{
    private readonly PipelineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Probe_OfSomeRows_ScoresThemAloneWithTheScoresOfTheWhole()
    {
        var texts = PipelineBench.Texts(20);
        var task = PipelineBench.TaskOver(texts, firstWindow: 1, endWindow: 2, probe: [0b0010_1101]);

        Assert.Null(await _bench.RunAsync(task));

        long[] rows = [8, 10, 11, 13];
        Assert.Equal(PipelineBench.Expected(texts, rows.Contains), _bench.Sink.Scores(task));
    }

    [Fact]
    public async Task Probe_IsOfTheNumericClassOfPartsOfBatches()
    {
        var task = PipelineBench.TaskOver(PipelineBench.Texts(8), endWindow: 1, probe: [0xFF]);

        Assert.Null(await _bench.RunAsync(task));

        Assert.All(_bench.Sink.Batches, item => Assert.EndsWith(
            ";split", item.Batch.NumericClass, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Probe_LeavesTheOtherTextsAlone()
    {
        var task = PipelineBench.TaskOver(
            new string?[8].Select((_, row) => row % 2 == 0 ? "even" : null).ToList(), endWindow: 1, probe: [0b0000_0011]);

        Assert.Null(await _bench.RunAsync(task));

        // Rows 3, 5 and 7 have no text either, which is not for this probe to say.
        Assert.Equal([0L, 1L], _bench.Sink.Scores(task).Keys.Order());
    }

    [Fact]
    public async Task Probe_ShorterThanTheWindow_EndsWithIt()
    {
        var texts = PipelineBench.Texts(20);
        var task = PipelineBench.TaskOver(texts, firstWindow: 2, endWindow: 3, probe: [0b1000]);

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal([19L], _bench.Sink.Scores(task).Keys);
    }
}
