using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What no worker says, and the last that one may say.</summary>
public sealed class MessageChecksTests : IDisposable
{
    private const int Budget = 4096;
    private readonly CoreHarness _run = new(10);

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("worker_id", 200)]
    [InlineData("name", 200)]
    [InlineData("program_version", 200)]
    [InlineData("device_kind", 200)]
    [InlineData("device_name", 200)]
    [InlineData("numeric_class", 400)]
    [InlineData("machine", 200)]
    public void Hello_ItsTexts_ArePlainAndHaveALength(string field, int most)
    {
        Assert.Null(MessageChecks.FaultOf(With(field, new string('x', most))));
        Assert.Equal(
            $"{field} has {most + 1} characters", MessageChecks.FaultOf(With(field, new string('x', most + 1))));
        Assert.Equal($"{field} has control characters", MessageChecks.FaultOf(With(field, "a\nb")));
    }

    [Fact]
    public void Hello_OfManyLeasesOrDtypes_IsNone()
    {
        var hello = With("name", "a");
        hello.HeldLeases.Add(Enumerable.Range(0, 64).Select(fence => (ulong)fence));
        hello.Dtypes.Add(Enumerable.Repeat(Dtype.Fp32, 64));
        Assert.Null(MessageChecks.FaultOf(hello));

        hello.HeldLeases.Add(64);
        Assert.Equal("it says that it holds 65 leases", MessageChecks.FaultOf(hello));
        hello.Dtypes.Add(Dtype.Fp32);
        Assert.Equal("it names 65 dtypes", MessageChecks.FaultOf(hello));
        hello.WorkerId = "";
        Assert.Equal("Hello has no worker_id", MessageChecks.FaultOf(hello));
    }

    [Fact]
    public void Shape_OfWhatIsLarge_IsLookedAtFirst()
    {
        const int batches = 1 << 17, reason = 64 << 10;
        Assert.Null(MessageChecks.FaultOfShape(Report(batches)));
        Assert.Equal("a report of 131073 batches", MessageChecks.FaultOfShape(Report(batches + 1)));
        Assert.Null(MessageChecks.FaultOfShape(Heartbeat(new LeaseProgress[64])));
        Assert.Equal("a heartbeat about 65 leases", MessageChecks.FaultOfShape(Heartbeat(new LeaseProgress[65])));
        Assert.Null(MessageChecks.FaultOfShape(Ended(reason)));
        Assert.Equal(
            "the reason for which it ended a lease has 65537 characters", MessageChecks.FaultOfShape(Ended(reason + 1)));
        Assert.Null(MessageChecks.FaultOfShape(new WorkerMessage { Goodbye = new Goodbye() }));
    }

    [Fact]
    public void Requests_WithoutEnd_AreAFault()
    {
        _run.Join("a");
        var request = new WorkerMessage { WorkRequest = new WorkRequest() };
        for (var i = 0; i < 999; i++)
            Worker.Request(i);
        Assert.Null(FaultOf(request));

        Worker.Request(999);

        Assert.Equal("it asks for work 1001 times without waiting for an answer", FaultOf(request));
    }

    [Fact]
    public void Opened_HasADigest()
    {
        _run.Join("a");
        Assert.Null(FaultOf(Opened(new string('a', 64))));
        Assert.Equal("the digest of a file that it opened is none", FaultOf(Opened("")));
        Assert.Equal("the digest of a file that it opened is none", FaultOf(Opened(new string('a', 63))));

        static WorkerMessage Opened(string sha256) => new() { FileOpened = new FileOpened { Fence = 1, Sha256 = sha256 } };
    }

    [Theory]
    [InlineData(2, Budget, true)]
    [InlineData(2, Budget + 1, false)]
    [InlineData(1, 1 << 20, true)]
    [InlineData(1, (1 << 20) + 1, false)]
    public void Batch_OfMoreTokensThanTheRunAllows_IsADocumentOfItsOwn(int rows, int tokens, bool isRight)
    {
        _run.Join("a");

        Assert.Equal(
            isRight ? null : $"a batch of {rows} rows with {tokens} tokens, where the run allows {Budget}",
            FaultOf(Batch("class a", rows, (uint)tokens)));
    }

    [Fact]
    public void Batch_OfAnotherClassThanTheWorkers_IsNotItsOwn()
    {
        _run.Join("a");

        Assert.Equal("scores of 'class b' from a worker of 'class a'", FaultOf(Batch("class b", 1, 1)));
        Assert.Equal(
            "the numeric class of a batch has control characters", FaultOf(Batch("class a\u001b", 1, 1)));
        Assert.Equal(
            "the numeric class of a batch has 401 characters", FaultOf(Batch(new string('c', 401), 1, 1)));
    }

    [Fact]
    public void Heartbeat_ReadsWithinTheFile()
    {
        var session = _run.JoinIdle("a");
        var fence = session.ScoreLeases.Single().Fence;

        // One beyond the last window: it has read them all.
        Assert.Null(FaultOf(Heartbeat(new LeaseProgress { Fence = fence, ReadingWindow = 3 })));
        Assert.Equal(
            "it reads window 4 of a file of 3",
            FaultOf(Heartbeat(new LeaseProgress { Fence = fence, ReadingWindow = 4 })));
        // Of a lease that it does not hold it may say what it likes.
        Assert.Null(FaultOf(Heartbeat(new LeaseProgress { Fence = 77, ReadingWindow = 4 })));
        Assert.Equal(
            "a lease in a stage (77) that there is not",
            FaultOf(Heartbeat(new LeaseProgress { Fence = fence, Stage = (Stage)77 })));
        Assert.Null(FaultOf(Heartbeat(new LeaseProgress { Fence = fence, Stage = Stage.Uploading })));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(9.9e9, 9.9e9, true)]
    [InlineData(1e10, 0, false)]
    [InlineData(0, 1e10, false)]
    [InlineData(-0.1, 0, false)]
    [InlineData(0, -0.1, false)]
    [InlineData(double.NaN, 0, false)]
    [InlineData(0, double.NaN, false)]
    public void Statistics_AreAmounts(double busy, double waiting, bool isRight)
    {
        _run.Join("a");
        var message = Heartbeat();
        message.Heartbeat.Statistics = new WorkerStatistics { BusySeconds = busy, ReaderWaitSeconds = waiting };

        var fault = FaultOf(message);

        Assert.Equal(isRight, fault is null);
        if (!isRight)
            Assert.StartsWith($"statistics that are none: busy for {busy} s, waiting for {waiting}", fault, Ordinal);
        Assert.Null(FaultOf(Heartbeat()));
    }

    [Fact]
    public void Clean_IsWhatMayBeShown()
    {
        Assert.Equal("a?b", MessageChecks.Clean("a\nb"));
        Assert.Equal(2000, MessageChecks.Clean(new string('x', 3000)).Length);
        Assert.Equal(1999, MessageChecks.Clean(new string('x', 1999)).Length);
    }

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private RunWorker Worker => _run.Core.State.Workers["a"];

    private string? FaultOf(WorkerMessage message) => MessageChecks.FaultOf(message, Worker, _run.Core.Files, Budget);

    private static Hello With(string field, string text)
    {
        var hello = new Hello { WorkerId = "w" };
        Hello.Descriptor.FindFieldByName(field).Accessor.SetValue(hello, text);
        return hello;
    }

    private static WorkerMessage Report(int batches)
    {
        var report = new ScoreReport();
        report.Batches.Add(Enumerable.Repeat(new ScoredBatch(), batches));
        return new WorkerMessage { Scores = report };
    }

    private static WorkerMessage Batch(string numericClass, int rows, uint tokens)
    {
        var batch = new ScoredBatch { NumericClass = numericClass, TokenCounts = { tokens } };
        batch.Rows.Add(Enumerable.Range(0, rows).Select(row => (uint)row));
        return new WorkerMessage { Scores = new ScoreReport { Batches = { batch } } };
    }

    private static WorkerMessage Ended(int reason) =>
        new() { LeaseEnded = new LeaseEnded { Fence = 1, Reason = new string('x', reason) } };

    private static WorkerMessage Heartbeat(params LeaseProgress?[] leases)
    {
        var heartbeat = new Heartbeat();
        heartbeat.Leases.Add(leases.Select(lease => lease ?? new LeaseProgress()));
        return new WorkerMessage { Heartbeat = heartbeat };
    }
}
