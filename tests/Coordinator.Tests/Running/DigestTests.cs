using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What the coordinator reads of a file is what holds of it, whatever workers see.</summary>
public sealed class DigestTests
{
    private static readonly string Other = new('1', 64);

    [Fact]
    public void Content_OtherThanWasScored_IsTakenFromEveryoneAndScoredAnew()
    {
        using var run = new CoreHarness(40);
        var (wrong, right) = (run.JoinIdle("wrong"), run.JoinIdle("right"));
        run.Score(wrong, wrong.ScoreLeases.Single(), 0);

        run.Say(wrong, Opened(wrong, Other));

        Assert.Equal("the file is scored anew", right.Revoked.Single().Reason);
        Assert.Equal(
            $"it sees other content (sha256 {Other}) than the coordinator ({CoreHarness.Digest})",
            wrong.Revoked.Single().Reason);
        Assert.Equal(
            $"wrong has scored other content (sha256 {Other}) than lies at /in/0.parquet; the scores of this file were " +
            "thrown away, and it is scored anew",
            run.Events.OfType<RunEvent.Warning>().Single().Text);
        Assert.Equal((0L, 10), (run.Core.Totals.Rows, run.Core.Files[0].UnleasedWindows));
        var failure = run.Core.Files[0].FailedAttempts.Single();
        Assert.Equal(("wrong", Fault.Machine), (failure.Worker, failure.Fault));
    }

    [Fact]
    public void Content_ScoredAnew_IsNotSuspectedOfWhatTheOldOneDid()
    {
        using var run = new CoreHarness(8);
        run.Core.Files[0].BeginDigest();
        Die(run, "first");
        var wrong = run.JoinIdle("wrong");
        run.Score(wrong, wrong.ScoreLeases.Single(), 0, 0);
        run.Say(wrong, Opened(wrong, Other));
        Assert.Equal(1, Assert.Single(run.Ledger.Load()!.Suspects).Ends);

        run.Step(new RunCommand.DigestRead(0, CoreHarness.Digest, Error: null));

        Assert.Empty(run.Ledger.Load()!.Suspects);
        Die(run, "second");
        Assert.Equal(1, Assert.Single(run.Ledger.Load()!.Suspects).Ends);
    }

    /// <summary>Who sees what the coordinator sees is not charged with what another one said.</summary>
    [Fact]
    public void Content_TheSame_IsNobodysFault()
    {
        using var run = new CoreHarness(40);
        var (first, second) = (run.JoinIdle("a"), run.JoinIdle("b"));
        run.Score(first, first.ScoreLeases.Single(), 0);

        run.Say(first, Opened(first, CoreHarness.Digest));
        run.Say(second, Opened(second, CoreHarness.Digest));

        Assert.Equal(4, run.Core.Totals.Rows);
        Assert.Empty(first.Revoked);
        Assert.Empty(second.Revoked);
        Assert.Equal(CoreHarness.Digest, run.Ledger.Load()!.Files[0].Sha256);
        Assert.False(run.Core.Files[0].DigestUnderWay);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Digest_NotToBeRead_FailsAScoredFileForGoodOnlyWhereItIsItsFault(bool mayPass)
    {
        using var run = new CoreHarness(0);
        var file = run.Core.Files[0];
        Assert.Equal(FileStage.Scored, file.Stage);

        run.Core.Files[0].BeginDigest();
        run.Step(new RunCommand.DigestRead(0, Sha256: null, "permission denied", mayPass));

        const string reason = "its digest could not be computed: permission denied";
        if (!mayPass)
        {
            Assert.Equal(reason, file.Record.Failure);
            return;
        }

        Assert.Null(file.Record.Failure);
        var failed = run.Events.OfType<RunEvent.AttemptFailed>().Single();
        Assert.Equal(("0.parquet", "the coordinator", reason), (failed.File, failed.Worker, failed.Reason));
        var attempt = file.FailedAttempts.Single();
        Assert.Equal((LeaseKind.Build, Fault.Machine, ""), (attempt.Kind, attempt.Fault, attempt.WorkerId));
        Assert.Equal(TimeSpan.FromSeconds(1), file.RetryAt);
    }

    [Fact]
    public void Digest_NotToBeReadWhileTheFileIsScored_IsReadAnotherTime()
    {
        using var run = new CoreHarness(8);

        run.Core.Files[0].BeginDigest();
        run.Step(new RunCommand.DigestRead(0, Sha256: null, "permission denied"));

        Assert.Null(run.Core.Files[0].Record.Failure);
        Assert.False(run.Core.Files[0].DigestUnderWay);
        Assert.Empty(run.Events);
    }

    [Fact]
    public void Digest_OfAFileThatHasFailedMeanwhile_ChangesNothing()
    {
        using var run = new CoreHarness(8, 8);
        var answer = new TaskCompletionSource<ControlAnswer>();
        run.Step(new RunCommand.Control(new ControlRequest.Skip(new NamePatterns(["0.parquet"])), answer));

        run.Step(new RunCommand.DigestRead(0, Other, Error: null));

        Assert.Null(run.Core.Files[0].Record.Sha256);
    }

    [Fact]
    public void Digest_OfAnInputOnTheHub_IsWhatTheFirstWorkerSays()
    {
        using var run = new CoreHarness(8);
        var file = run.Core.Files[0];
        file.Reopen(file.Record with { Path = "hf://datasets/a/b@0123/x.parquet" }, 8, 2);
        var session = run.JoinIdle("a");

        run.Say(session, Opened(session, Other));

        Assert.Equal(Other, run.Core.Files[0].Record.Sha256);
        Assert.Equal(Other, run.Ledger.Load()!.Files[0].Sha256);
    }

    /// <summary>A process that ends without a word after it has opened the file.</summary>
    private static void Die(CoreHarness run, string worker)
    {
        var session = run.JoinIdle(worker);
        // Longer than a file rests after a failure.
        run.Wait(TimeSpan.FromSeconds(5));
        run.Say(session, Opened(session, CoreHarness.Digest));
        run.Wait(CoreHarness.Timeout + TimeSpan.FromSeconds(1));
    }

    private static WorkerMessage Opened(FakeSession session, string digest)
    {
        var lease = session.ScoreLeases.Last();
        var opened = CoreHarness.Opened(lease, lease.File.Rows);
        opened.FileOpened.Sha256 = digest;
        return opened;
    }
}
