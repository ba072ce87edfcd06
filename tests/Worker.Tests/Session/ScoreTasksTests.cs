using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Storage;
using FineWebTorch.Worker.Tests.Fakes;
using Google.Protobuf;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>What a lease asks for is what the pipeline is given, and a run's engine lets go of everything.</summary>
public sealed class ScoreTasksTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly LeaseMeter _meter = new();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Task_IsWhatTheLeaseSays()
    {
        var task = Create(new ScoreLease
        {
            Fence = 7,
            FirstWindow = 3,
            CompleteWindows = { 4, 6 },
            PartialWindows = { new PartialWindow { Window = 5, StoredRows = ByteString.CopyFrom(0b101) } },
            Probe = ByteString.CopyFrom(0b11),
        }, rowsPerFile: 90);

        Assert.Equal((7UL, 8, 20), (task.Fence, task.WindowRows, task.TokenBudget));
        Assert.Equal((3, 9, 100L, 90L), (task.FirstWindow, task.EndWindow, task.EndRow!.Value, task.RowLimit));
        Assert.Equal([4, 6], task.Stored.CompleteWindows.Order());
        Assert.Equal([true, false, true, false], Enumerable.Range(0, 4).Select(row => task.Stored.IsStored(5, row)));
        Assert.Equal([0b11], task.Probe);
        task.Progressed();
        Assert.Equal(1, _meter.Steps);
    }

    [Fact]
    public void Task_OfAPlainLease_IsAllRowsWithoutAProbe()
    {
        var task = Create(new ScoreLease { Fence = 7 });

        Assert.Null(task.Probe);
        Assert.Equal(long.MaxValue, task.RowLimit);
        Assert.Empty(task.Stored.CompleteWindows);
    }

    [Fact]
    public void Task_Opened_IsBeingScoredFromThatRowOn()
    {
        File.WriteAllLines(_path, PipelineBench.Texts(20));

        using var source = Create(new ScoreLease { Fence = 7 }).Open(12);

        Assert.Equal(Stage.Scoring, _meter.Stage);
        Assert.True(source.Read(TestContext.Current.CancellationToken));
        Assert.Equal(12, source.FirstRow);
    }

    [Fact]
    public void Task_WhoseInputHasBecomeAnother_SaysSo()
    {
        var task = Create(new ScoreLease { Fence = 7 });
        task.DemandUnchanged();

        File.WriteAllText(_path, "other words");

        Assert.Throws<InputChangedException>(task.DemandUnchanged);
    }

    [Fact]
    public void Engine_DisposedOf_LetsItsModelGo()
    {
        using var owner = new CancellationTokenSource();
        var time = new ManualTime();
        var queue = new DeviceQueue(new FakeScorer(), BatchesInFlight.One, time);
        var pipeline = new ScoringPipeline(
            queue, new FakeEncoder(), new RecordingSink(), new PipelineOptions(1), new PipelineStatistics(), time);
        var engine = new RunEngine("digest", new LoadedModel(queue, new FakeEncoder(), [], owner), pipeline);
        Assert.True(engine.IsOf(new RunDescription { Digest = "digest" }));
        Assert.False(engine.IsOf(new RunDescription { Digest = "another" }));

        engine.Dispose();

        Assert.Throws<ObjectDisposedException>(owner.Cancel);
    }

    private ScoreTask Create(ScoreLease lease, ulong rowsPerFile = 0)
    {
        var run = new RunDescription { WindowRows = 8, TokenBudget = 20, RowsPerFile = rowsPerFile };
        var input = new ReadableInput(_path, "", IsCopy: false, FileStamp.Of(_path));
        return ScoreTasks.Create(lease, run, endWindow: 9, rows: 100, new LinesFormat(), input, _meter);
    }
}
