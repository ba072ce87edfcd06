using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Tests;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Shards;
using FineWebTorch.Worker.Storage;
using FineWebTorch.Worker.Tests.Fakes;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>
/// A worker under what a coordinator says: its session, the leases it takes, the files it reads and the shards it
/// builds, with a device that is a fake. Whatever was said, it ends when it is told to, with an exit code or one clear
/// line.
/// </summary>
internal sealed class CoordinatorMessagesTarget : FuzzTarget, IModelLoader
{
    /// <summary>Stands for the folder of this process, so that an input means the same in another one.</summary>
    private const string Here = "/here/";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ProtobufMutator _messages = new(CoordinatorMessage.Descriptor);

    private readonly ProtobufMutator[] _others =
    [
        new(InputLocation.Descriptor), new(UploadPlan.Descriptor), new(WindowScores.Descriptor),
        new(FileChunk.Descriptor),
    ];

    private FakeTime _time = new();

    public CoordinatorMessagesTarget()
    {
        File.WriteAllText(Workshop["nonce"], "secret");
        File.WriteAllText(Workshop["config.json"], "{}");
        File.WriteAllText(Workshop["0"], "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
        File.WriteAllText(Workshop["1"], "bad\n");
    }

    public override int MaxLength => 16 << 10;

    public override long AllowedBytes(int length) => (64L << 20) + (4000L * length);

    public override IEnumerable<byte[]> Seeds => Enumerable.Range(1, 20).Select(seed =>
    {
        var random = new Random(seed);
        return Script.Write([Say(Welcome()), .. Enumerable.Range(0, 8).Select(_ => Sensible(random))]);
    });

    public override void Run(byte[] input) => RunAsync(Script.Parse(input)).GetAwaiter().GetResult();

    public override bool IsRefusal(Exception exception) => exception is UserErrorException or ModelUnusableException;

    public override byte[] Mutate(byte[] input, byte[] other, Random random) =>
        Script.Mutate(input, other, random, Sensible, Change);

    LoadedModel IModelLoader.Load(string folder, ModelDtype dtype) =>
        new(new DeviceQueue(new FakeScorer(), BatchesInFlight.One, _time), new FakeEncoder(), []);

    private async Task RunAsync(List<ScriptStep> steps)
    {
        _time = new FakeTime();
        var coordinator = new ScriptedCoordinator(steps, Confine);
        var client = new Coordination.CoordinationClient(coordinator);
        var calls = new CoordinatorCalls(client, _time, () => 0.5);
        var hashes = new FileHashes();
        var format = new LinesFormat();
        using var storage = new HubStorage(
            new HubTransport(new HubTransportOptions { Time = _time, Handler = _ => new NotFound() }), calls, _time,
            () => 0.5, NullLogger.Instance, new DownloadOptions { DiskReserve = 0 });
        using var inputs = new InputStore(
            Workshop["inputs"], new OrphanedDownloads(Workshop["left"], _time), calls, storage.Inputs, hashes);
        using var watchdog = new Watchdog(_ => { });
        var options = new SessionOptions(
            new CoordinatorAddresses(new Uri("http://127.0.0.1:1")), TimeSpan.FromMinutes(30), Stay: false);
        using var agent = new WorkerAgent(options, new SessionServices(
            client, calls,
            new WorkerIdentity("worker-1", "host cpu", ProgramVersion.Current, "cpu", "cpu", [Dtype.Fp32], "fake"),
            this, format, inputs, new ModelStore(Workshop["models"], calls, hashes),
            new ShardBuilder(Workshop["shards"], format, calls, storage.Uploader), new PipelineOptions(1), watchdog,
            _time, () => 0.5, NullLogger.Instance));
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => agent.RunAsync(stop.Token));
        await DriveAsync(Task.WhenAny(running, coordinator.AllSaid), 100);
        // What it was told to do is done in the background.
        await DriveAsync(running, 40);
        await stop.CancelAsync();
        await DriveAsync(running, int.MaxValue);
        await running;
    }

    /// <summary>Lets time pass until something has happened, or for so many steps.</summary>
    private async Task DriveAsync(Task until, int most)
    {
        var start = Stopwatch.GetTimestamp();
        for (var step = 0; step < most && !until.IsCompleted; step++)
        {
            // Behind what waits for a thread; now and then a real pause, for threads of the worker's own.
            if (step % 16 == 15)
                await Task.Delay(1);
            else
                await Task.Run(Thread.Yield);
            _time.Advance(TimeSpan.FromMilliseconds(step < 100 ? 10 : 500));
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new BrokenPromiseException("the worker does not end when it is told to");
        }
    }

    /// <summary>All paths lead into the folder of this process.</summary>
    private void Confine(IMessage message)
    {
        if (message is not CoordinatorMessage said)
            return;
        if (said.Welcome is { } welcome)
        {
            welcome.NoncePath = Inside(welcome.NoncePath);
            if (welcome.Run?.Model is { } model)
                model.Path = Inside(model.Path);
        }

        if (said.ScoreLease?.File is { } input)
            input.Path = Inside(input.Path);
        if (said.BuildLease is not { } build)
            return;
        build.StagingPath = Inside(build.StagingPath);
        if (build.File is { } file)
            file.Path = Inside(file.Path);
    }

    private string Inside(string path) => path.Length == 0 || HubPath.LooksLikeOne(path) ? path
        : path.StartsWith(Here, StringComparison.Ordinal) && !path.Contains("..", StringComparison.Ordinal) &&
            !path.Contains('\0', StringComparison.Ordinal)
            ? Workshop[path[Here.Length..].TrimStart('/')]
            : Workshop["other/" + string.Concat(path.Where(char.IsLetterOrDigit))];

    private ScriptStep Change(ScriptStep step, ScriptStep lent, Random random)
    {
        var kind = ScriptedCoordinator.KindOf(step);
        if (random.Next(12) == 0)
            return step with { Kind = (byte)random.Next(6) };
        if (kind == Said.Message)
            return step with { Content = _messages.Mutate(step.Content, lent.Content, random) };
        if (kind == Said.EndOfStream)
            return step with { Content = [(byte)random.Next(17)] };
        var mutator = _others[(int)kind - (int)Said.Location];
        return step with
        {
            Content = kind is Said.Location or Said.Plan
                ? mutator.Mutate(step.Content, lent.Content, random)
                : Script.Mutate(
                    step.Content, lent.Content, random, _ => new ScriptStep(0, [10, 1, 97]),
                    (part, other, from) => part with { Content = mutator.Mutate(part.Content, other.Content, from) }),
        };
    }

    private ScriptStep Sensible(Random random)
    {
        var fence = (ulong)random.Next(1, 5);
        return random.Next(14) switch
        {
            0 => Say(Welcome()),
            1 or 2 or 3 => Say(new CoordinatorMessage
            {
                ScoreLease = new ScoreLease { Fence = fence, File = Input(random), EndWindow = (uint)random.Next(4) },
            }),
            4 => Say(new CoordinatorMessage
            {
                BuildLease = new BuildLease
                {
                    Fence = fence,
                    File = Input(random),
                    ShardName = "data/a.parquet",
                    StagingPath = Here + "staging/1",
                    Upload = random.Next(3) == 0,
                },
            }),
            5 => Say(new CoordinatorMessage { LeaseShrunk = new LeaseShrunk { Fence = fence, EndWindow = 1 } }),
            6 => Say(new CoordinatorMessage { LeaseRevoked = new LeaseRevoked { Fence = fence, Reason = "a reason" } }),
            7 => Say(new CoordinatorMessage { ScoresStored = new ScoresStored { Sequence = (ulong)random.Next(5) } }),
            8 => Say(random.Next(4) switch
            {
                0 => new CoordinatorMessage { Drain = new Drain { Reason = "a reason", Leave = random.Next(2) == 0 } },
                1 => new CoordinatorMessage { RunOver = new RunOver() },
                2 => new CoordinatorMessage { Paused = new Paused { GiveBack = random.Next(2) == 0 } },
                _ => new CoordinatorMessage { Rejection = new Rejection { Reason = "a reason" } },
            }),
            9 => new ScriptStep((byte)Said.EndOfStream, random.Next(2) == 0 ? [] : [14]),
            10 => Answer(Said.Location, new InputLocation { Url = "https://cdn.test/0?s=1" }),
            11 => Answer(Said.Plan, new UploadPlan { UploadUrl = "https://cdn.test/0?s=1" }),
            12 => Answer(Said.Scores, Scores(0, 4), Scores(1, 4), Scores(2, 2)),
            _ => Answer(
                Said.Chunks, new FileChunk { Data = ByteString.CopyFrom(File.ReadAllBytes(Workshop["0"])) }),
        };
    }

    private static WindowScores Scores(uint window, int rows) =>
        new() { Window = window, Scores = ByteString.CopyFrom(new byte[sizeof(float) * rows]) };

    private static ScriptStep Answer(Said kind, params IMessage[] messages) => new(
        (byte)kind, kind is Said.Location or Said.Plan
            ? messages[0].ToByteArray()
            : Script.Write(messages.Select(message => new ScriptStep(0, message.ToByteArray()))));

    private static ScriptStep Say(CoordinatorMessage message) => new((byte)Said.Message, message.ToByteArray());

    private InputFile Input(Random random)
    {
        var index = random.Next(2);
        var bytes = File.ReadAllBytes(Workshop[$"{index}"]);
        return new InputFile
        {
            Index = (uint)index,
            Name = $"{index}",
            Size = (ulong)bytes.Length,
            Rows = index == 0 ? 10UL : 1,
            Path = random.Next(4) switch { 0 => "/nowhere", 1 => "hf://datasets/a/b/0", _ => $"{Here}{index}" },
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
        };
    }

    private static CoordinatorMessage Welcome()
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("{}")));
        return new CoordinatorMessage
        {
            Welcome = new Welcome
            {
                Run = new RunDescription
                {
                    RunId = "run-1",
                    Dtype = Dtype.Fp32,
                    TokenBudget = 20,
                    WindowRows = 4,
                    TextColumn = "text",
                    Keep = "raw3",
                    ScoreColumn = "score",
                    IntScoreColumn = "int_score",
                    Digest = "digest",
                    Model = new ModelDescription
                    {
                        Id = "a/model",
                        Path = Here,
                        Digest = digest,
                        Files = { new ModelFile { Name = "config.json", Size = 2, Sha256 = digest } },
                    },
                },
                HeartbeatSeconds = 10,
                NoncePath = Here + "nonce",
                Nonce = "secret",
                Session = "session 1",
            },
        };
    }

    private sealed class NotFound : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.NotFound) { RequestMessage = request });
    }
}
