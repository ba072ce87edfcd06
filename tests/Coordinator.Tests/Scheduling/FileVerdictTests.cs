using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;

namespace FineWebTorch.Coordinator.Tests.Scheduling;

/// <summary>Whether a file fails, by attempts on the first of two files.</summary>
public sealed class FileVerdictTests
{
    private readonly SchedulingBench _bench = new((40, 100), (40, 100));

    [Fact]
    public void CouldNot_HealthyWorkersWhileOthersWentOn_SaysHowMany()
    {
        Attempt("a", at: 1);
        Attempt("b", at: 2);
        Attempt("c", at: 3);
        _bench.State.Progress.Note(1, TimeSpan.FromSeconds(2));

        Assert.Equal("failed on 3 workers; the last, worker c, said: it fell over", Verdict());
    }

    [Fact]
    public void CouldNot_TheSameWorkerTwice_SaysBothNumbers()
    {
        Attempt("a", at: 1);
        Attempt("b", at: 2);
        Attempt("a", at: 3);
        _bench.State.Progress.Note(1, TimeSpan.FromSeconds(2));

        Assert.Equal("failed 3 times on 2 workers; the last, worker a, said: it fell over", Verdict());
    }

    /// <summary>What was done at the moment of the first attempt, or before it, does not show that the world is well.
    /// </summary>
    [Theory]
    [InlineData(1.0, false)]
    [InlineData(1.5, true)]
    public void CouldNot_OthersWentOnNoLonger_SaysNothing(double elsewhere, bool isSaid)
    {
        Attempt("a", at: 1);
        Attempt("b", at: 2);
        Attempt("c", at: 3);
        _bench.State.Progress.Note(1, TimeSpan.FromSeconds(elsewhere));

        Assert.Equal(isSaid, Verdict() is not null);
    }

    [Fact]
    public void CouldNot_WorkersThatNeverGotAnythingDone_SayNothing()
    {
        Attempt("a", at: 1);
        Attempt("b", at: 2);
        Attempt("c", at: 3, proven: false);
        _bench.State.Progress.Note(1, TimeSpan.FromSeconds(5));

        Assert.Null(Verdict());
    }

    /// <summary>To build is another thing than to score.</summary>
    [Fact]
    public void CouldNot_AttemptsOfAnotherKindOrFault_DoNotCount()
    {
        Attempt("a", at: 1);
        Attempt("b", at: 2);
        Attempt("c", at: 3, kind: LeaseKind.Build);
        Attempt("d", at: 4, fault: Fault.Device);
        _bench.State.Progress.Note(1, TimeSpan.FromSeconds(5));

        Assert.Null(Verdict());
    }

    [Fact]
    public void CouldNot_SuchFilesAloneAreLeft_NobodyCanShowMore()
    {
        foreach (var worker in (string[])["a", "b", "c"])
        {
            Attempt(worker, at: 1, proven: false);
            Attempt(worker, at: 1, proven: false, file: 1);
        }
        var held = _bench.Score(_bench.Worker("d"), 0, 10, file: 1);
        Assert.Null(Verdict());

        _bench.State.Remove(held);

        Assert.Equal("failed on 3 workers; the last, worker c, said: it fell over", Verdict());
    }

    [Fact]
    public void SaidBad_ByTwoMachines_IsBad()
    {
        Attempt("a", at: 1, fault: Fault.File, machine: "one");
        Attempt("b", at: 1, fault: Fault.File, machine: "one");
        _bench.Worker("c").Machine = "two";
        Assert.Null(Verdict());

        Attempt("c", at: 1, fault: Fault.File, machine: "two");

        Assert.Equal("it fell over (seen on 2 machines)", Verdict());
    }

    [Fact]
    public void SaidBad_TwiceByTheOnlyMachine_IsBad()
    {
        _bench.Worker("a").Machine = "one";
        Attempt("a", at: 1, fault: Fault.File, machine: "one");
        Assert.Null(Verdict());

        Attempt("a", at: 2, fault: Fault.File, machine: "one");

        Assert.Equal("it fell over (seen twice on one, the only machine here)", Verdict());
    }

    private string? Verdict() => FileVerdict.Of(_bench.State, _bench.File);

    private void Attempt(
        string worker, double at, bool proven = true, LeaseKind kind = LeaseKind.Score,
        Fault fault = Fault.Unspecified, string machine = "", int file = 0) =>
        _bench.State.Files[file].Add(
            new FailedAttempt(worker, $"worker {worker}", "it fell over")
            {
                At = TimeSpan.FromSeconds(at),
                WasProven = proven,
                Kind = kind,
                Fault = fault,
                Machine = machine,
            },
            retryAt: default);
}
