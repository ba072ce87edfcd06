using FineWebTorch.Common;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.Running;

/// <summary>What is known of a run and its leases is what workers are told of them.</summary>
public sealed class MessagesTests
{
    private static readonly FileRecord File = Runs.File(3, rows: 10) with { Sha256 = new string('e', 64) };

    [Fact]
    public void Run_IsDescribedByItsOptionsAndItsModel()
    {
        var spec = Runs.Spec with
        {
            TextColumn = "words",
            RowsPerFile = 7,
            ReplaceScoreColumns = true,
            ScoreColumn = "s",
            IntScoreColumn = "i",
            Dtype = Dtype.Bf16,
            TokenBudget = 77,
        };

        var run = Messages.Describe(Runs.Run(spec), spec);

        Assert.Equal(("run-1", Dtype.Bf16, 77U, 4U), (run.RunId, run.Dtype, run.TokenBudget, run.WindowRows));
        Assert.Equal(("words", 7UL, "int3"), (run.TextColumn, run.RowsPerFile, run.Keep));
        Assert.Equal(("s", "i", true), (run.ScoreColumn, run.IntScoreColumn, run.ReplaceScoreColumns));
        Assert.Equal(("a/model", "", "/model"), (run.Model.Id, run.Model.Revision, run.Model.Path));
        Assert.Equal(new string('d', 64), run.Model.Digest);
        var file = Assert.Single(run.Model.Files);
        Assert.Equal(("config.json", 3UL, new string('c', 64)), (file.Name, file.Size, file.Sha256));
        Assert.True(Sha256.IsOne(run.Digest));
    }

    /// <summary>Also where the coordinator has been started again on another machine.</summary>
    [Fact]
    public void Digest_IsOfAllButWhereTheModelLies()
    {
        var run = Runs.Run();
        var digest = DigestOf(run);

        Assert.Equal(digest, DigestOf(run with { Model = run.Model with { Path = "/elsewhere" } }));
        Assert.NotEqual(digest, DigestOf(run with { Model = run.Model with { Revision = "other" } }));
        Assert.NotEqual(digest, DigestOf(run with { RunId = "run-2" }));
        Assert.NotEqual(digest, DigestOf(run with { TokenBudget = 99 }));
        Assert.NotEqual(digest, Messages.Describe(run, Runs.Spec with { RowsPerFile = 3 }).Digest);

        static string DigestOf(RunRecord run) => Messages.Describe(run, Runs.Spec).Digest;
    }

    [Fact]
    public void BuildLease_NamesItsFileAndWhatTheShardIsToSayOfItself()
    {
        var run = Runs.Run(Runs.Spec with { Dtype = Dtype.Fp16 });
        var lease = new RunLease(7, LeaseKind.Build, 3, default, "w");

        var build = Messages.Build(lease, new RunFile(File, 10, 3), run, Runs.Spec, "/staging/7").BuildLease;

        Assert.Equal((7UL, File.ShardName, "/staging/7", false), (build.Fence, build.ShardName, build.StagingPath, build.Upload));
        Assert.Equal(
            new InputFile { Index = 3, Name = File.Name, Path = File.Path, Size = 103, Sha256 = File.Sha256!, Rows = 10 },
            build.File);
        Assert.Equal(
            new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["fineweb.dtype"] = "fp16",
                ["fineweb.input"] = File.Name,
                ["fineweb.input_sha256"] = File.Sha256!,
                ["fineweb.keep"] = "int3",
                ["fineweb.model"] = "a/model",
                ["fineweb.model_revision"] = "",
                ["fineweb.model_sha256"] = new string('d', 64),
                ["fineweb.program_version"] = "0.1.0",
            },
            new SortedDictionary<string, string>(build.Metadata, StringComparer.Ordinal));
        var published = Runs.Spec with { Output = "hf://datasets/a/b" };
        Assert.True(Messages.Build(lease, new RunFile(File, 10, 3), run, published, "").BuildLease.Upload);
    }

    [Fact]
    public void ScoreLease_NamesWhatIsStoredOfIt()
    {
        using var run = new CoreHarness(14);
        var first = run.JoinIdle("a");
        run.Score(first, first.ScoreLeases.Single(), 0);
        run.Score(first, first.ScoreLeases.Single(), 2, 1, 3);
        run.End(first, 1, LeaseEnded.Types.Outcome.Returned);

        var lease = run.JoinIdle("b").ScoreLeases.Single();

        // What is complete at its beginning is left out of the lease.
        Assert.Equal((1U, 4U), (lease.FirstWindow, lease.EndWindow));
        Assert.Empty(lease.CompleteWindows);
        var partial = Assert.Single(lease.PartialWindows);
        Assert.Equal((2U, 0b1010), (partial.Window, partial.StoredRows.Single()));
        Assert.Empty(lease.Probe);
        Assert.Equal(("0.parquet", "/in/0.parquet", 14UL), (lease.File.Name, lease.File.Path, lease.File.Rows));
    }

    [Fact]
    public void Welcome_TellsTheSecretTheNoteAndTheBeat()
    {
        var places = new RunPlaces("/run", "/out", "/out/.staging/run-1", "a nonce");
        var run = Messages.Describe(Runs.Run(), Runs.Spec);
        RunLease[] kept = [new(8, LeaseKind.Score, 0, new WindowRange(0, 1), "w")];

        var welcome = Messages.Welcome(run, places, TimeSpan.FromSeconds(30), new Secret("the secret"), kept).Welcome;

        Assert.Equal((5.0, "/out/.staging/run-1/nonce", "a nonce"), (welcome.HeartbeatSeconds, welcome.NoncePath, welcome.Nonce));
        Assert.Equal("the secret", welcome.Session);
        Assert.Equal([8UL], welcome.KeptLeases);
        Assert.Equal(run, welcome.Run);
    }

    [Fact]
    public void Reasons_AreSaid()
    {
        Assert.Equal("late", Messages.EndProcess("late").EndProcess.Reason);
        Assert.Equal("ill", Messages.Quarantined("ill").Quarantined.Reason);
        Assert.Equal((7UL, "late"), (Messages.Revoked(7, "late").LeaseRevoked.Fence, Messages.Revoked(7, "late").LeaseRevoked.Reason));
        Assert.Equal((true, "gone"), (Messages.Leave("gone").Drain.Leave, Messages.Leave("gone").Drain.Reason));
        Assert.False(Messages.Drain.Drain.Leave);
        Assert.Equal(9UL, Messages.ScoresStored(9).ScoresStored.Sequence);
    }

    [Theory]
    [InlineData(new int[0], new byte[0])]
    [InlineData(new[] { 0 }, new byte[] { 1 })]
    [InlineData(new[] { 7 }, new byte[] { 128 })]
    [InlineData(new[] { 8, 1 }, new byte[] { 2, 1 })]
    public void Bits_StandForRows(int[] rows, byte[] bits) => Assert.Equal(bits, Bits.Of(rows));
}
