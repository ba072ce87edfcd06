using System.IO.Pipes;
using System.Text;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Documents;

/// <summary>A sender that pauses gets the scores of what it has sent.</summary>
public sealed class StreamedInputTests : IDisposable
{
    private readonly AnonymousPipeServerStream _sender = new(PipeDirection.Out);
    private readonly RowSink _sink = new();
    private readonly ScoringPipeline _pipeline;

    public StreamedInputTests() => _pipeline = new ScoringPipeline(
        new DeviceQueue(new FakeScorer(), BatchesInFlight.Always(1), TimeProvider.System), new FakeEncoder(), _sink,
        new PipelineOptions(Threads: 2), new PipelineStatistics(), TimeProvider.System);

    public void Dispose()
    {
        _pipeline.Dispose();
        _sink.Dispose();
        _sender.Dispose();
    }

    [Fact]
    public async Task Lines_BeforeTheEnd_AreScored()
    {
        _pipeline.Add(TaskOver(Open()));

        Send("{\"text\":\"aa\"}\n{\"text\":\"b\"}\n{\"te");
        await _sink.RowsAsync(2);
        Send("xt\":\"ccc\"}\n");
        await _sink.RowsAsync(1);
        Send(string.Concat(Enumerable.Repeat("{\"text\":\"dddd\"}\n", 20)));
        Send("{\"text\":\"last\"}");
        _sender.Dispose();
        Assert.Null(await _sink.Ended.WaitAsync(TestContext.Current.CancellationToken));

        string[] texts = ["aa", "b", "ccc", .. Enumerable.Repeat("dddd", 20), "last"];
        Assert.Equal(texts.Select(FakeScorer.ScoreOf), _sink.Scores);
    }

    [Fact]
    public async Task BadLine_AfterOthers_ComesAfterTheirScores()
    {
        _pipeline.Add(TaskOver(Open()));

        Send("{\"text\":\"aa\"}\n{\"text\":\"b\"}\nnonsense\n{\"text\":\"ccc\"}\n");

        Assert.IsType<BadRecordException>(await _sink.Ended.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal([FakeScorer.ScoreOf("aa"), FakeScorer.ScoreOf("b")], _sink.Scores);
    }

    [Fact]
    public async Task Rows_Limited_EndWithoutTheSender()
    {
        _pipeline.Add(TaskOver(Open(), rowLimit: 3));

        Send("{\"text\":\"aa\"}\n{\"text\":\"b\"}\n");
        await _sink.RowsAsync(2);
        Send("{\"text\":\"ccc\"}\n{\"text\":\"dddd\"}\n");

        Assert.Null(await _sink.Ended.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, _sink.Scores.Count);
    }

    [Fact]
    public void Sender_ThatFails_IsHeardOfWhereItIsRead()
    {
        using var stream = new AheadStream(() => throw new IOException("gone"));
        Assert.Equal("gone", Assert.Throws<IOException>(() => stream.Read(new byte[10])).Message);
    }

    private static ScoreTask TaskOver(IDocumentSource source, long rowLimit = long.MaxValue) => new()
    {
        WindowRows = 8,
        TokenBudget = 20,
        RowLimit = rowLimit,
        Open = _ => source,
    };

    private RecordSource Open()
    {
        var receiver = new AnonymousPipeClientStream(PipeDirection.In, _sender.ClientSafePipeHandle);
        return new RecordSource(new JsonLineReader(
            new AheadStream(() => InputStreams.Unpacked(receiver)), "in", new RecordColumns("text")));
    }

    private void Send(string lines)
    {
        _sender.Write(Encoding.UTF8.GetBytes(lines));
        _sender.Flush();
    }

    /// <summary>Scores in the order of the rows, window by window.</summary>
    private sealed class RowSink : IScoreSink, IDisposable
    {
        private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _rows = new(0);
        private readonly float[] _window = new float[8];

        public List<float> Scores { get; } = [];

        public Task<Exception?> Ended => _ended.Task;

        /// <summary>Waits for so many rows more.</summary>
        public async Task RowsAsync(int count)
        {
            for (var i = 0; i < count; i++)
                await _rows.WaitAsync(TestContext.Current.CancellationToken);
        }

        public void TaskRead(ScoreTask task)
        {
        }

        public void BatchScored(ScoreTask task, BatchScores batch)
        {
            for (var i = 0; i < batch.Rows.Length; i++)
                _window[batch.Rows[i]] = batch.Scores[i];
        }

        public void WindowScored(ScoreTask task, WindowBuffer window)
        {
            Assert.Equal(Scores.Count, window.FirstRow);
            Scores.AddRange(_window.AsSpan(0, window.Rows));
            _rows.Release(window.Rows);
        }

        public void TaskEnded(ScoreTask task, Exception? failure) => _ended.TrySetResult(failure);

        public void Dispose() => _rows.Dispose();
    }
}
