using FineWebTorch.Model;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Pipeline;

public sealed class ScoringPipelineTests : IDisposable
{
    private readonly PipelineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(16)]
    [InlineData(50)]
    public async Task Task_OfAnyLength_ScoresEveryRowOnce(int rows)
    {
        var texts = PipelineBench.Texts(rows);
        var task = PipelineBench.TaskOver(texts);

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(PipelineBench.Expected(texts), _bench.Sink.Scores(task));
        Assert.Equal((rows + 7) / 8, _bench.Sink.Windows.Count);
        Assert.Equal(rows, _bench.Statistics.Totals.Documents);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(13)]
    public async Task Task_WhoseEndIsUnknown_EndsWithItsSource(int rows)
    {
        var texts = PipelineBench.Texts(rows);
        var task = PipelineBench.TaskOver(texts, knowsEnd: false);

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(PipelineBench.Expected(texts), _bench.Sink.Scores(task));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    public async Task Task_WithRowLimit_ScoresNoRowBeyond(int limit)
    {
        var texts = PipelineBench.Texts(20);
        var task = PipelineBench.TaskOver(texts, rowLimit: limit);

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(PipelineBench.Expected(texts, row => row < limit), _bench.Sink.Scores(task));
    }

    [Fact]
    public async Task Task_AllNull_ReportsEveryRowWithoutTheModel()
    {
        var task = PipelineBench.TaskOver(new string?[11]);

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(0, _bench.Scorer.Batches);
        var scores = _bench.Sink.Scores(task);
        Assert.Equal(11, scores.Count);
        Assert.All(scores.Values, score => Assert.Equal(
            EduScore.NullTextBits, BitConverter.SingleToUInt32Bits(score)));
        Assert.All(_bench.Sink.Batches, item => Assert.All(item.Batch.TokenCounts, count => Assert.Equal(0, count)));
    }

    [Fact]
    public async Task Row_LongerThanTheBudget_GetsABatchOfItsOwn()
    {
        var batches = new List<int>();
        _bench.Scorer.Scoring = batch => batches.Add(batch.Documents);
        var task = PipelineBench.TaskOver([new string('x', 500), "a", "b"]);
        var tight = new ScoreTask
        {
            WindowRows = task.WindowRows,
            TokenBudget = 6,
            EndRow = 3,
            Open = task.Open,
        };

        Assert.Null(await _bench.RunAsync(tight));

        Assert.Equal([1, 2], batches);
        Assert.Equal(3, _bench.Sink.Scores(tight).Count);
    }

    [Fact]
    public async Task Score_NotFinite_IsComputedAgainAlone()
    {
        var task = PipelineBench.TaskOver(["fine", "!", "?"]);

        Assert.Null(await _bench.RunAsync(task));

        var scores = _bench.Sink.Scores(task);
        Assert.Equal(EduScore.NotFiniteBits, BitConverter.SingleToUInt32Bits(scores[1]));
        Assert.Equal(1 + '?' + 2, scores[2]);
    }

    [Fact]
    public async Task Task_OfSomeWindows_StartsAndEndsAtTheirRows()
    {
        var texts = PipelineBench.Texts(60);
        var task = PipelineBench.TaskOver(texts, firstWindow: 2, endWindow: 4);

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(PipelineBench.Expected(texts, row => row is >= 16 and < 32), _bench.Sink.Scores(task));
    }

    [Fact]
    public async Task Task_WithCompleteWindows_DoesNotOpenThem()
    {
        var texts = PipelineBench.Texts(60);
        var read = new List<long>();
        var stored = StoredScores.None with { CompleteWindows = new HashSet<int> { 0, 1, 3, 4, 5 } };
        var task = PipelineBench.TaskOver(texts, stored, reading: read.Add);

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(PipelineBench.Expected(texts, row => row / 8 is 2 or 6 or 7), _bench.Sink.Scores(task));
        Assert.Equal(16, read[0]);
        Assert.DoesNotContain(read, row => row is >= 26 and < 48);
    }

    [Fact]
    public async Task Task_WithEverythingComplete_OpensNothing()
    {
        var stored = StoredScores.None with { CompleteWindows = new HashSet<int> { 0, 1 } };
        var task = PipelineBench.TaskOver(
            PipelineBench.Texts(16), stored, reading: _ => Assert.Fail("was opened"));

        Assert.Null(await _bench.RunAsync(task));

        Assert.Empty(_bench.Sink.Batches);
    }

    [Fact]
    public async Task PartialWindow_Resumed_SkipsExactlyTheStoredBatches()
    {
        string?[] texts = [.. PipelineBench.Texts(15), null];
        var whole = PipelineBench.TaskOver(texts);
        await _bench.RunAsync(whole);
        var all = _bench.Sink.Batches.Where(item => item.Task == whole).Select(item => item.Batch).ToArray();

        foreach (var known in all)
        {
            var bits = new byte[1];
            foreach (var row in known.Rows)
                bits[0] |= (byte)(1 << row);
            var stored = StoredScores.None with
            {
                PartialWindows = new Dictionary<int, byte[]> { [known.Window] = bits },
            };
            var resumed = PipelineBench.TaskOver(texts, stored);
            Assert.Null(await _bench.RunAsync(resumed));

            var again = _bench.Sink.Batches.Where(item => item.Task == resumed).Select(item => item.Batch);
            Assert.Equal(
                all.Where(batch => batch != known).Select(batch => (batch.Window, string.Join(',', batch.Rows))),
                again.Select(batch => (batch.Window, string.Join(',', batch.Rows))));
        }
    }

    [Fact]
    public async Task Batch_StoredInPart_IsScoredAsAWhole()
    {
        var texts = PipelineBench.Texts(8);
        var stored = StoredScores.None with { PartialWindows = new Dictionary<int, byte[]> { [0] = [0b0000_0001] } };
        var task = PipelineBench.TaskOver(texts, stored);

        Assert.Null(await _bench.RunAsync(task));

        Assert.Equal(PipelineBench.Expected(texts), _bench.Sink.Scores(task));
    }

    [Fact]
    public async Task Source_WithFewerRowsThanItsFooterSays_FailsTheTask()
    {
        var texts = PipelineBench.Texts(10);
        var task = new ScoreTask
        {
            WindowRows = 8,
            TokenBudget = 20,
            EndRow = 12,
            Open = firstRow => new FakeSource(texts, firstRow),
        };

        var failure = await _bench.RunAsync(task);

        Assert.IsType<InvalidDataException>(failure);
        Assert.Contains("ends at row 10", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_FailingMidFile_FailsItsTaskAloneAfterWhatWasRead()
    {
        var texts = PipelineBench.Texts(40);
        var bad = PipelineBench.TaskOver(
            texts, reading: row => _ = row < 20 ? 0 : throw new InvalidDataException("page is damaged"));
        var good = PipelineBench.TaskOver(texts);
        _bench.Pipeline.Add(bad);
        _bench.Pipeline.Add(good);

        Assert.Equal("page is damaged", (await _bench.Sink.EndOf(bad))?.Message);
        Assert.Null(await _bench.Sink.EndOf(good));

        Assert.Equal(PipelineBench.Expected(texts, row => row < 16), _bench.Sink.Scores(bad));
        Assert.Equal(PipelineBench.Expected(texts), _bench.Sink.Scores(good));
        Assert.Equal(0, _bench.Pipeline.WindowsInMemory);
    }

    [Fact]
    public async Task Device_FailingInABatch_FailsItsTaskAlone()
    {
        var texts = PipelineBench.Texts(40);
        _bench.Scorer.Scoring = _ =>
        {
            if (_bench.Scorer.Batches == 3)
                throw new InvalidOperationException("device");
        };

        await _bench.FirstTaskFailsAloneAsync(texts);
    }
}
