using FineWebTorch.HubEmulator;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using Grpc.Core;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

/// <summary>Inputs on the Hub, by way of its emulator and a scripted coordinator.</summary>
public sealed class HubInputTests
{
    private const string Name = "data/in.parquet";
    private static readonly string[] Texts = PipelineBench.Texts(200);

    [Fact]
    public async Task Input_OnTheHub_IsDownloadedByItsSignedAddress()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        var session = await Welcomed(bench);
        var file = OnHub(bench, hub);
        await session.SendAsync(SessionBench.Lease(7, file));

        var opened = (await Next(bench, session, Kind.FileOpened)).FileOpened;
        Assert.Equal((file.Sha256, (ulong)Texts.Length), (opened.Sha256, opened.Rows));
        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        Assert.True(hub.Server.Log.Count(RequestKind.ObjectGet) > 2, "it did not come in parts");
        Assert.Equal([0U], bench.Coordinator.Locations);
        Assert.Empty(bench.Coordinator.FileReads);
    }

    /// <summary>The emulator listens on loopback, where the Hub of the world is not.</summary>
    [Theory]
    [InlineData("https://93.184.216.34")]
    [InlineData("")]
    public async Task Input_AtAnAddressOfThisMachine_IsNotAskedForWhereTheHubIsElsewhere(string endpoint)
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        hub.Endpoint = endpoint;
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));

        var ended = (await Next(bench, session, Kind.LeaseEnded)).LeaseEnded;

        Assert.Equal((Outcome.Failed, LeaseEnded.Types.Fault.Machine), (ended.Outcome, ended.Fault));
        Assert.Contains("is an address of this machine itself", ended.Reason, StringComparison.Ordinal);
        Assert.Equal(0, hub.Server.Log.Count(RequestKind.ObjectGet));
    }

    [Fact]
    public async Task Input_OfUnknownDigest_IsReportedWithTheOneItHas()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        var session = await Welcomed(bench);
        var file = OnHub(bench, hub);
        var digest = file.Sha256;
        file.Sha256 = "";
        await session.SendAsync(SessionBench.Lease(7, file));

        Assert.Equal(digest, (await Next(bench, session, Kind.FileOpened)).FileOpened.Sha256);
    }

    [Fact]
    public async Task Input_WithoutAnAddress_IsReadThroughTheCoordinator()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        bench.Coordinator.Locating = _ =>
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "read it with ReadFile"));
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        Assert.Single(bench.Coordinator.FileReads);
        Assert.Equal(0, hub.Server.Log.Count(RequestKind.ObjectGet));
    }

    [Fact]
    public async Task Address_ExpiredMidFile_IsRenewed()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, Skip = 3, Status = 403 });
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        Assert.Equal([0U, 0U], bench.Coordinator.Locations);
    }

    [Fact]
    public async Task Download_ResetMidBody_GoesOnWhereItBroke()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, Skip = 1, CutAfter = 20 });
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        var offsets = hub.Server.Log.Of(RequestKind.ObjectGet)
            .Select(entry => int.Parse(entry.Range!["bytes=".Length..].Split('-')[0], null));
        Assert.Contains(offsets, offset => offset % 64 == 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Download_OfAPredecessor_IsContinuedAndProved(bool isRight)
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        var file = OnHub(bench, hub);
        var left = bench.Coordinator.Inputs[0][..150];
        left[100] ^= (byte)(isRight ? 0 : 1);
        Directory.CreateDirectory(bench.OrphanCache);
        var name = Path.Combine(bench.OrphanCache, $"{file.Sha256}.0123.incomplete");
        await File.WriteAllBytesAsync(name, left, TestContext.Current.CancellationToken);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, file));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        Assert.False(File.Exists(name));
        var ranges = hub.Server.Log.Of(RequestKind.ObjectGet).Select(entry => entry.Range!).ToList();
        Assert.Single(ranges, range => range.StartsWith("bytes=150-", Ordinal));
        // From the beginning only where the digest has told.
        Assert.Equal(isRight ? 0 : 1, ranges.Count(range => range.StartsWith("bytes=0-", Ordinal)));
    }

    [Fact]
    public async Task Storage_AwayLongerThanOneRequestWaits_IsSatOut()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.MostSeconds = 3600;
        await using var hub = await HubOf(bench);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, Skip = 4, Times = 30, Status = 503 });
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));

        Assert.Equal(PipelineBench.Expected(Texts), (await ScoresUntilEnd(bench, session)).Scores);
        // What had come before stays: nobody asks for the beginning again.
        Assert.Single(hub.Server.Log.Of(RequestKind.ObjectGet), entry => entry.Range == "bytes=0-63");
    }

    [Fact]
    public async Task Bytes_Wrong_EndTheLeaseAlone()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, WrongBytes = true });
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));

        var ended = (await bench.Drive(session.ExpectAsync(Kind.LeaseEnded))).LeaseEnded;
        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("datasets/alice/texts/data/in.parquet: what was downloaded is damaged", ended.Reason, Ordinal);
        Assert.Empty(Directory.GetFiles(bench.InputCache));
        await session.ExpectAsync(Kind.WorkRequest);
    }

    [Fact]
    public async Task Disk_TooSmall_EndsTheLeaseBeforeAnyByteComes()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        bench.FreeSpace = 100;
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));

        var ended = (await bench.Drive(session.ExpectAsync(Kind.LeaseEnded))).LeaseEnded;
        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("the disk has", ended.Reason, Ordinal);
        Assert.Contains("--cache", ended.Reason, Ordinal);
        Assert.Equal(0, hub.Server.Log.Count(RequestKind.ObjectGet));
    }

    [Fact]
    public async Task Next_WhileAFileIsScored_IsDownloaded()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        using var gate = bench.HoldBatch(1);
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));
        await session.ExpectAsync(Kind.FileOpened);
        await session.ExpectAsync(Kind.WorkRequest);
        await session.SendAsync(SessionBench.Lease(8, OnHub(bench, hub, index: 1)));

        Assert.Equal(8UL, (await session.ExpectAsync(Kind.FileOpened)).FileOpened.Fence);
        gate.Open();
    }

    [Fact]
    public async Task Stop_WhileAFileIsDownloaded_ReturnsTheLease()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        var silent = new TaskCompletionSource();
        hub.Server.Faults.Add(new Fault { Kind = RequestKind.ObjectGet, Skip = 2, Stall = true, Reached = silent });
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));
        await silent.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        bench.Stop();

        Assert.Equal(Outcome.Returned, (await EndOf(bench, session)).Outcome);
    }

    [Fact]
    public async Task Stop_WhileAnAddressIsWaitedFor_ReturnsTheLease()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource<InputLocation>();
        bench.Coordinator.Locating = _ =>
        {
            asked.SetResult();
            return never.Task;
        };
        var session = await Welcomed(bench);
        await session.SendAsync(SessionBench.Lease(7, OnHub(bench, hub)));
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        bench.Stop();

        Assert.Equal(Outcome.Returned, (await EndOf(bench, session)).Outcome);
        never.SetCanceled(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task File_AtFault_IsNamedByItsPlaceOnTheHub()
    {
        await using var bench = await SessionBench.StartAsync();
        await using var hub = await HubOf(bench);
        var session = await Welcomed(bench);
        var file = OnHub(bench, hub, texts: ["bad"]);
        await session.SendAsync(SessionBench.Lease(7, file));

        var ended = (await bench.Drive(session.ExpectAsync(Kind.LeaseEnded))).LeaseEnded;
        Assert.Equal((Outcome.FileBad, $"{file.Path}: is damaged; fetch it again"), (ended.Outcome, ended.Reason));
    }

    private static async Task<LeaseEnded> EndOf(SessionBench bench, FakeSession session) =>
        (await Until(bench, session, message => message.LeaseEnded is not null))[^1].LeaseEnded;

    private static StringComparison Ordinal => StringComparison.Ordinal;

    private static async Task<EmulatedHub> HubOf(SessionBench bench)
    {
        var hub = await EmulatedHub.StartAsync(bench.Folder);
        bench.Coordinator.Locating = _ => hub.LocateAsync(Name);
        return hub;
    }

    private static InputFile OnHub(SessionBench bench, EmulatedHub hub, uint index = 0, string[]? texts = null)
    {
        var file = bench.Input("in.parquet", texts ?? Texts, index, visible: false);
        var commit = hub.Put(Name, bench.Coordinator.Inputs[index]);
        file.Name = Name;
        file.Path = $"hf://datasets/alice/texts@{commit}/{Name}";
        return file;
    }
}
