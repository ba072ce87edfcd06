using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Tests.Fakes;
using Grpc.Core;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class InputTests
{
    private static readonly string[] Texts = PipelineBench.Texts(30);

    [Fact]
    public async Task Input_Visible_IsOpenedInPlace()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts)));

        Assert.Equal(Outcome.Completed, (await ScoresUntilEnd(bench, session)).Ended.Outcome);
        Assert.Empty(bench.Coordinator.FileReads);
        Assert.False(Directory.Exists(bench.InputCache));
    }

    [Fact]
    public async Task Input_LinkToAFile_IsOpenedInPlace()
    {
        await using var bench = await SessionBench.StartAsync();
        var file = bench.Input("in", Texts);
        var (target, link) = (bench.In("target"), file.Path);
        File.Move(link, target);
        File.CreateSymbolicLink(link, "target");
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, file));

        Assert.Equal(Outcome.Completed, (await ScoresUntilEnd(bench, session)).Ended.Outcome);
        Assert.Empty(bench.Coordinator.FileReads);
    }

    [Fact]
    public async Task Input_ThatNoShardCouldCarry_FailsBeforeAnythingIsScored()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", [.. Texts, "unsound"])));

        var ended = (await bench.Drive(session.ExpectAsync(Kind.LeaseEnded))).LeaseEnded;

        Assert.Equal(Outcome.FileBad, ended.Outcome);
        Assert.Contains("a page is unsound", ended.Reason, StringComparison.Ordinal);
        Assert.Equal(0, bench.Scorer.Batches);
    }

    [Fact]
    public async Task Input_Invisible_IsStreamedAndScored()
    {
        await using var bench = await SessionBench.StartAsync();
        var file = bench.Input("in", Texts, visible: false);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, file));

        var opened = (await Next(bench, session, Kind.FileOpened)).FileOpened;
        Assert.Equal(file.Sha256, opened.Sha256);
        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
    }

    [Fact]
    public async Task Input_Streamed_IsReadWhileTheNextIsFetched()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", PipelineBench.Texts(200), visible: false)));
        await session.ExpectAsync(Kind.FileOpened);
        await session.ExpectAsync(Kind.WorkRequest);
        await session.SendAsync(SessionBench.Lease(8, bench.Input("in2", Texts, index: 1, visible: false)));

        Assert.Equal(8UL, (await session.ExpectAsync(Kind.FileOpened)).FileOpened.Fence);
        Assert.True(bench.Scorer.Batches <= 1);
        gate.Open();
    }

    [Fact]
    public async Task Input_Streamed_IsRemovedWhenTheWorkerEnds()
    {
        string cache;
        await using (var bench = await SessionBench.StartAsync())
        {
            cache = bench.InputCache;
            var session = await Welcomed(bench);
            await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts, visible: false)));
            await ScoresUntilEnd(bench, session);
            Assert.Single(Directory.GetFiles(cache));
            await session.SendAsync(new CoordinatorMessage { RunOver = new RunOver() });
            await Until(bench, session, message => message.Goodbye is not null);
            session.Close();
            await bench.ExitCode(mostSeconds: 12);
        }

        Assert.False(Directory.Exists(cache));
    }

    [Fact]
    public async Task Input_StreamBroken_GoesOnWhereItStopped()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Coordinator.SendingPart = part =>
        {
            if (part == 2 && bench.Coordinator.FileReads.Count == 1)
                throw new RpcException(new Status(StatusCode.Unavailable, "restarting"));
        };
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts, visible: false)));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        Assert.Equal([0UL, 20UL], bench.Coordinator.FileReads.Select(read => read.Offset));
    }

    [Fact]
    public async Task Input_CoordinatorKnowsTheSessionNoMore_GoesOnInTheNextOne()
    {
        await using var bench = await SessionBench.StartAsync();
        using var refused = new ManualResetEventSlim();
        bench.Coordinator.SendingPart = _ =>
        {
            if (bench.Coordinator.ReadersSessions.Last() != "session 1")
                return;
            refused.Set();
            throw new RpcException(new Status(StatusCode.Unauthenticated, "the session has ended"));
        };
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts, visible: false)));
        Assert.True(refused.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        session.Close();
        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        bench.Session = "session 2";
        await again.SendAsync(bench.Welcome(kept: 7));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, again)).Scores);
        Assert.Equal("session 2", bench.Coordinator.ReadersSessions.Last());
    }

    [Fact]
    public async Task Input_OfAnotherRunAtTheSamePlace_IsNotTheCopyThatIsHere()
    {
        await using var bench = await SessionBench.StartAsync(stay: true);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("in", Texts, visible: false)));
        await ScoresUntilEnd(bench, session);
        session.Close();
        var (again, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        await again.SendAsync(bench.Welcome(run: bench.Run(runId: "run-2")));
        await bench.Drive(again.ExpectAsync(Kind.WorkRequest));

        // As many rows, and a digest that its coordinator does not know yet.
        string[] others = [.. Texts.Select(text => text + "x")];
        var file = bench.Input("in", others, visible: false);
        var digest = file.Sha256;
        file.Sha256 = "";
        await again.SendAsync(SessionBench.Lease(7, file));

        var opened = (await Next(bench, again, Kind.FileOpened)).FileOpened;
        Assert.Equal((digest, "digest of run-2"), (opened.Sha256, opened.RunDigest));
        Assert.Equal(PipelineBench.Expected(others), (await ScoresUntilEnd(bench, again)).Scores);
        Assert.Single(Directory.GetFiles(bench.InputCache));
    }

    [Fact]
    public async Task Input_ArrivedDamaged_EndsTheLeaseAlone()
    {
        await using var bench = await SessionBench.StartAsync();
        var file = bench.Input("in", Texts, visible: false);
        bench.Coordinator.Inputs[0][5] ^= 1;
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, file));

        var ended = (await bench.Drive(session.ExpectAsync(Kind.LeaseEnded))).LeaseEnded;
        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("arrived damaged", ended.Reason, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(bench.InputCache));
        await session.ExpectAsync(Kind.WorkRequest);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Input_OfAnotherSize_EndsTheLeaseAlone(int difference)
    {
        await using var bench = await SessionBench.StartAsync();
        var file = bench.Input("in", Texts, visible: false);
        file.Size = (ulong)((long)file.Size + difference);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, file));

        var ended = (await bench.Drive(session.ExpectAsync(Kind.LeaseEnded))).LeaseEnded;
        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("bytes arrived", ended.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    public async Task Input_ChangedOnASharedDisk_IsReportedAsChanged(string appended)
    {
        await using var bench = await SessionBench.StartAsync();
        var file = bench.Input("in", Texts);
        var bytes = File.ReadAllText(file.Path);
        File.WriteAllText(file.Path, (appended.Length == 0 ? "z" + bytes[1..] : bytes) + appended);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, file));

        var ended = (await bench.Drive(session.ExpectAsync(Kind.LeaseEnded))).LeaseEnded;
        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("input changed", ended.Reason, StringComparison.Ordinal);
    }

    /// <summary>
    /// The next file waits, opened, while the one before it is scored. What has become of it meanwhile must not pass for
    /// the file that its digest was taken of, nor for a damaged one.
    /// </summary>
    [Theory]
    [InlineData("other words")]
    [InlineData("bad")]
    public async Task Input_ChangedBetweenItsDigestAndItsReading_IsNotScored(string content)
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = bench.HoldBatch(1);
        var file = bench.Input("second", Texts, index: 1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, bench.Input("first", [.. Texts, .. Texts])));
        await bench.Drive(session.ExpectAsync(Kind.FileOpened));
        await session.SendAsync(SessionBench.Lease(8, file));
        await bench.Drive(session.ExpectAsync(Kind.FileOpened));
        File.WriteAllLines(file.Path, Texts.Select(_ => content));
        gate.Open();

        var messages = await Until(bench, session, message => message.LeaseEnded?.Fence == 8);
        var ended = messages[^1].LeaseEnded;
        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("input changed", ended.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(messages, message => message.Scores?.Fence == 8);
    }

    [Fact]
    public async Task Input_OtherUnderTheSamePathOnAnotherDisk_IsStreamed()
    {
        await using var bench = await SessionBench.StartAsync();
        var file = bench.Input("in", Texts);
        File.WriteAllText(file.Path, "z" + File.ReadAllText(file.Path)[1..]);
        var session = await Welcomed(bench, shared: false);
        await session.SendAsync(SessionBench.Lease(7, file));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        Assert.Single(bench.Coordinator.FileReads);
    }

    /// <summary>Who cannot read what the coordinator has just written does not see its disk.</summary>
    [Theory]
    [InlineData("not there")]
    [InlineData("")]
    public async Task Input_CoordinatorsNoteIsUnreadable_OtherUnderTheSamePathIsNotTakenForIt(string note)
    {
        await using var bench = await SessionBench.StartAsync();
        var file = bench.Input("in", Texts);
        File.WriteAllText(file.Path, "z" + File.ReadAllText(file.Path)[1..]);
        var (session, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        var welcome = bench.Welcome();
        welcome.Welcome.NoncePath = note.Length > 0 ? bench.In(note) : "";
        await session.SendAsync(welcome);
        await session.ExpectAsync(Kind.WorkRequest);
        await session.SendAsync(SessionBench.Lease(7, file));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        Assert.Single(bench.Coordinator.FileReads);
    }

    [Fact]
    public async Task Model_Invisible_IsStreamedAndKept()
    {
        await using var bench = await SessionBench.StartAsync();
        var (session, _) = await bench.Coordinator.GreetedAsync();
        await session.SendAsync(bench.Welcome(run: bench.Run(modelVisible: false)));

        await bench.Drive(session.ExpectAsync(Kind.WorkRequest));
        var folder = Assert.Single(bench.Loaded);
        Assert.StartsWith(bench.In("cache/models"), folder, StringComparison.Ordinal);
        var copy = File.ReadAllBytes(Path.Combine(folder, "config.json"));
        Assert.Equal(bench.Coordinator.ModelFiles["config.json"], copy);
    }

    /// <summary>A model goes into the folder that its digest names, whatever somebody has laid there.</summary>
    [Fact]
    public async Task Model_FolderThatIsALink_IsNotWrittenThrough()
    {
        await using var bench = await SessionBench.StartAsync();
        var (session, _) = await bench.Coordinator.GreetedAsync();
        var run = bench.Run(modelVisible: false);
        var elsewhere = Directory.CreateDirectory(bench.In("elsewhere")).FullName;
        Directory.CreateDirectory(bench.In("cache/models"));
        Directory.CreateSymbolicLink(bench.In($"cache/models/{run.Model.Digest}"), elsewhere);
        await session.SendAsync(bench.Welcome(run: run));

        var error = await Assert.ThrowsAsync<ModelUnusableException>(() => bench.ExitCode());

        Assert.Contains("is a link", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
    }

    /// <summary>A file without end, and of no length: it is not so much as opened.</summary>
    [Fact]
    public async Task Input_CoordinatorsNoteIsADevice_IsNotRead()
    {
        const string Endless = "/dev/zero";
        Assert.SkipUnless(File.Exists(Endless), "this system has no such file");
        await using var bench = await SessionBench.StartAsync();
        var file = bench.Input("in", Texts);
        var (session, _) = await bench.Drive(bench.Coordinator.GreetedAsync());
        var welcome = bench.Welcome();
        welcome.Welcome.NoncePath = Endless;
        await session.SendAsync(welcome);
        await session.ExpectAsync(Kind.WorkRequest);
        await session.SendAsync(SessionBench.Lease(7, file));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
    }

    [Theory]
    [InlineData("config.json", "arrived damaged")]
    [InlineData("../config.json", "no plain file name")]
    [InlineData("", "no plain file name")]
    [InlineData("/etc/passwd", "no plain file name")]
    [InlineData("a/b", "no plain file name")]
    [InlineData(@"..\config.json", "no plain file name")]
    [InlineData("config\u0000.json", "no plain file name")]
    public async Task Model_NotToBeHad_EndsTheWorkerWithOneLine(string name, string reason)
    {
        await using var bench = await SessionBench.StartAsync();
        var (session, _) = await bench.Coordinator.GreetedAsync();
        var run = bench.Run(modelVisible: false);
        run.Model.Files[0].Name = name;
        bench.Coordinator.ModelFiles["config.json"][0] ^= 1;
        await session.SendAsync(bench.Welcome(run: run));

        var error = await Assert.ThrowsAsync<ModelUnusableException>(() => bench.ExitCode());
        Assert.StartsWith("model a/model: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
