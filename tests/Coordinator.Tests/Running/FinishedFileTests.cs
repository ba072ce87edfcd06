using System.Runtime.CompilerServices;
using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>A file that is done is a row in the ledger and no object, however many there are.</summary>
public sealed class FinishedFileTests
{
    private const int Files = 12, Done = 9;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void File_Done_IsHeldNoMore(bool restarted)
    {
        using var run = new CoreHarness([.. Enumerable.Repeat(4L, Files)]);
        var worker = run.JoinIdle("a");
        for (var file = 0; file < Done; file++)
            Finish(run, worker);
        if (restarted)
            run.Restart();

        Assert.Equal(Enumerable.Range(Done, Files - Done), run.Core.Files.Held.Select(file => file.Index));
        Assert.Equal((Done, Files), (run.Core.Files.CountOf(FileStage.Done), run.Core.Files.Count));
        Assert.All(Enumerable.Range(0, Done), file => Assert.Equal(FileStage.Done, run.Core.Files.StageOf(file)));
        Assert.Equal(4 * Files, run.Core.Files.Rows);
        Assert.Equal(4 * Done, run.Core.Totals.Rows);
        Assert.Equal(
            Enumerable.Range(0, Done), run.Core.ReadFinished(run.Ledger).Select(file => file.Record.Index));
        NaiveQueues.Check(run.Core.State, run.Ledger);
    }

    /// <summary>Nor does anything else of the core hold it.</summary>
    [Fact]
    public void File_Done_IsCollected()
    {
        using var run = new CoreHarness(4, 4);
        var worker = run.JoinIdle("a");
        var file = Watch(run);

        Finish(run, worker);
        GC.Collect();

        Assert.False(file.IsAlive);
    }

    /// <summary>What a session says at its end, and the next at its beginning.</summary>
    [Fact]
    public void Summary_OfFilesThatWereDoneBefore_IsTheSame()
    {
        using var run = new CoreHarness(4, 8, 4, 4);
        var worker = run.JoinIdle("a");
        Finish(run, worker, "metadata 'a' is left out");
        Finish(run, worker, "metadata 'a' is left out", "only here");
        run.Score(worker, worker.ScoreLeases.Last(), 0);
        var before = Summarize(run);

        run.Restart();

        Assert.Equal(before, Summarize(run));
        Assert.Contains("0.parquet and 1 file more", before, StringComparison.Ordinal);
    }

    /// <summary>The receipt got lost, and the worker hands its shard over once more.</summary>
    [Fact]
    public async Task Build_OfAFileThatIsDone_IsAskedOfTheLedger()
    {
        using var run = new CoreHarness(4, 4);
        var worker = run.JoinIdle("a");
        var build = Finish(run, worker);
        var answer = new TaskCompletionSource<FoundBuild>();

        run.Step(new RunCommand.FindBuild(new Secret(worker.Welcome.Session), build, answer));

        Assert.Equal(new FoundBuild(Open: null, Done: 0), await answer.Task);
        Assert.Equal(build, run.Ledger.ReadFile(0).Shard!.Fence);
    }

    private static ulong Finish(CoreHarness run, FakeSession worker, params string[] warnings)
    {
        var lease = worker.ScoreLeases.Last();
        run.Say(worker, CoreHarness.Opened(lease, (ulong)run.Ledger.ReadFile((int)lease.File.Index).Record.Rows));
        for (var window = lease.FirstWindow; window < lease.EndWindow; window++)
            run.Score(worker, lease, (int)window);
        run.End(worker, lease.Fence, Protos.V1.LeaseEnded.Types.Outcome.Completed);
        run.Request(worker);
        var build = worker.BuildLeases.Last();
        Assert.Null(run.Deliver(build, finish: true, warnings).Refusal);
        run.Request(worker);
        return build.Fence;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Watch(CoreHarness run) => new(run.Core.Files[0]);

    private static string Summarize(CoreHarness run) => JsonSerializer.Serialize(
        RunSummary.Create(
            "running", run.Core, run.Ledger, new RunPlaces("/run", "/output", "/staging", "nonce"), before: (0, 0),
            seconds: 0),
        RunSummary.Json);
}
