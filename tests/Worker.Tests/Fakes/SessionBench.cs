using System.Collections.Concurrent;
using System.Security.Cryptography;
using FineWebTorch.Hub;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Shards;
using FineWebTorch.Worker.Storage;
using FineWebTorch.Worker.Telemetry;
using Grpc.Net.Client;
using ModelDtype = FineWebTorch.Model.ModelDtype;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>A worker's session with a fake device, fake time and a scripted coordinator.</summary>
internal sealed class SessionBench : IAsyncDisposable, IModelLoader
{
    public const int Windows = 8;

    private readonly CancellationTokenSource _stop = new();
    private readonly GrpcChannel _channel;
    private readonly HubStorage _storage;
    private Watchdog? _watchdog;
    private readonly InputStore _inputs;
    private readonly WorkerAgent _session;

    private SessionBench(FakeCoordinator coordinator, SessionOptions options)
    {
        Coordinator = coordinator;
        _channel = CoordinatorChannel.Open(options.Coordinator);
        var client = new Coordination.CoordinationClient(_channel);
        var calls = new CoordinatorCalls(client, Time, () => 0.5);
        var hashes = new FileHashes();
        var format = new LinesFormat();
        _storage = new HubStorage(NewTransport(), calls, Time, () => 0.5, Logged.Logger, Downloads);
        _inputs = new InputStore(InputCache, Orphans, calls, _storage.Inputs, hashes);
        _session = new WorkerAgent(options, new SessionServices(
            client, calls, Identity, this, format, _inputs, new ModelStore(In("cache/models"), calls, hashes),
            new ShardBuilder(In("cache/shards"), format, calls, _storage.Uploader), new PipelineOptions(1), Watchdog, Time,
            () => 0.5, Logged.Logger)
        {
            Sampler = new DeviceSampler(new ProcessGauge(Time), Time),
            Warnings = Warnings,
        });
    }

    /// <summary>What the coordinator is to hear.</summary>
    public WarningRelay Warnings { get; } = new();

    public static WorkerIdentity Identity { get; } = new(
        "worker-1", "host cpu", "1.2.3", "cpu", "A processor", [Dtype.Fp32], "fake");

    public FakeCoordinator Coordinator { get; set; }

    public ManualTime Time { get; } = new();

    public FakeScorer Scorer { get; } = new();

    /// <summary>A folder of this test's own.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("worker-session-").FullName;

    public string InputCache => In("cache/inputs");

    /// <summary>What dead processes have left of their downloads.</summary>
    public string OrphanCache => In("cache/left");

    /// <summary>Looks when the test says so; what it would end the process with is among <see cref="Ends"/>.</summary>
    public Watchdog Watchdog => _watchdog ??= new Watchdog(Ends.Add);

    public BlockingCollection<string> Ends { get; } = [];

    /// <summary>Bytes of the disk, as downloads see it.</summary>
    public long FreeSpace { get; set; } = long.MaxValue;

    /// <summary>Folders that were loaded as models.</summary>
    public List<string> Loaded { get; } = [];

    /// <summary>Called with each folder before it is loaded as a model.</summary>
    public Action<string> Loading { get; set; } = _ => { };

    public Task<int> Running { get; private set; } = null!;

    public static async Task<SessionBench> StartAsync(
        bool stay = false, TimeSpan? giveUpAfter = null, bool wait = true)
    {
        var coordinator = await FakeCoordinator.StartAsync();
        return Start(coordinator, coordinator.Address, stay, giveUpAfter, wait);
    }

    public static SessionBench Start(
        FakeCoordinator coordinator, Uri address, bool stay = false, TimeSpan? giveUpAfter = null, bool wait = true,
        Func<bool>? isOurs = null, params IReadOnlyList<Uri> more)
    {
        var options = new SessionOptions(
            new CoordinatorAddresses([address, .. more]), giveUpAfter ?? TimeSpan.FromMinutes(30), stay)
        {
            Wait = wait,
            IsOurs = isOurs ?? (() => true),
        };
        var bench = new SessionBench(coordinator, options);
        bench.Running = Task.Run(() => bench._session.RunAsync(bench._stop.Token));
        return bench;
    }

    public string In(string path) => Path.Combine(Folder, path);

    public void Stop() => _stop.Cancel();

    /// <inheritdoc cref="WorkerAgent.MustEndAtOnce"/>
    public bool MustEndAtOnce => _session.MustEndAtOnce;

    /// <summary>
    /// How far time may run ahead in one wait, in seconds; from there on it moves as real time does. Only tests of what
    /// lasts longer let it run beyond the time-outs of a session.
    /// </summary>
    public int MostSeconds { get; set; } = 2;

    /// <summary>Moves time until something has happened; see <see cref="ManualTime.DriveAsync"/>.</summary>
    public Task<T> Drive<T>(Task<T> until, int? mostSeconds = null) =>
        Time.DriveAsync(until, TimeSpan.FromSeconds(mostSeconds ?? MostSeconds));

    public Task<int> ExitCode(int? mostSeconds = null) => Drive(Running, mostSeconds);

    /// <summary>The batches from this one on (counted from 1) are not scored before the test opens the gate.</summary>
    public Gate HoldBatch(int first)
    {
        var gate = new Gate();
        Scorer.Scoring = _ =>
        {
            if (Scorer.Batches >= first)
                gate.Pass();
        };
        return gate;
    }

    /// <summary>An input file on disk, of which the coordinator knows the digest.</summary>
    public InputFile Input(string name, IReadOnlyList<string> texts, uint index = 0, bool visible = true)
    {
        var path = In(name);
        File.WriteAllLines(path, texts);
        var bytes = File.ReadAllBytes(path);
        Coordinator.Inputs[index] = bytes;
        if (!visible)
            File.Delete(path);
        return new InputFile
        {
            Index = index,
            Name = name,
            Path = path,
            Size = (ulong)bytes.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            Rows = (ulong)texts.Count,
        };
    }

    /// <param name="name">Of the model's folder; another one has other bytes.</param>
    public RunDescription Run(bool modelVisible = true, string runId = "run-1", string name = "model")
    {
        var model = In(name);
        Directory.CreateDirectory(model);
        byte[] bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, (byte)(7 + name.Length)];
        if (modelVisible)
            File.WriteAllBytes(Path.Combine(model, "config.json"), bytes);
        Coordinator.ModelFiles["config.json"] = bytes;
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return new RunDescription
        {
            RunId = runId,
            Model = new ModelDescription
            {
                Id = "a/model",
                Path = model,
                Digest = sha256,
                Files = { new ModelFile { Name = "config.json", Size = (ulong)bytes.Length, Sha256 = sha256 } },
            },
            Dtype = Dtype.Fp32,
            TokenBudget = 20,
            WindowRows = Windows,
            TextColumn = "text",
            Keep = "raw3",
            ScoreColumn = "score",
            IntScoreColumn = "int_score",
            Digest = $"digest of {runId}",
        };
    }

    /// <summary>The secret of the next session.</summary>
    public string Session { get; set; } = "session 1";

    public CoordinatorMessage Welcome(bool shared = true, RunDescription? run = null, params ulong[] kept)
    {
        var nonce = In("nonce");
        File.WriteAllText(nonce, shared ? "secret" : "other");
        return new CoordinatorMessage
        {
            Welcome = new Welcome
            {
                Run = run ?? Run(),
                KeptLeases = { kept },
                HeartbeatSeconds = 10,
                NoncePath = nonce,
                Nonce = "secret",
                Session = Session,
            },
        };
    }

    public static CoordinatorMessage Lease(ulong fence, InputFile file, uint endWindow = 1000) =>
        new() { ScoreLease = new ScoreLease { Fence = fence, File = file, EndWindow = endWindow } };

    public static CoordinatorMessage Stored(ulong sequence) =>
        new() { ScoresStored = new ScoresStored { Sequence = sequence } };

    public LoadedModel Load(string folder, ModelDtype dtype)
    {
        Loading(folder);
        Loaded.Add(folder);
        return new LoadedModel(new DeviceQueue(Scorer, BatchesInFlight.One, Time), new FakeEncoder(), []);
    }

    // Parts of few bytes, so that small files have several; only a test's faults end a wait.
    private OrphanedDownloads Orphans => new(OrphanCache, Time);

    private DownloadOptions Downloads => new()
    {
        PartSize = 64,
        Connections = 2,
        DiskReserve = 0,
        FreeSpace = _ => FreeSpace,
    };

    private HubTransport NewTransport() => new(new HubTransportOptions
    {
        Time = Time,
        Random = () => 0.5,
        Logger = Logged.Logger,
        AnswerTimeout = TimeSpan.FromHours(2),
        SilenceTimeout = TimeSpan.FromHours(1),
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Scorer.Scoring = _ => { };
        try
        {
            await Time.DriveAsync(Running, TimeSpan.FromMinutes(1));
        }
        catch (Exception) when (Running.IsFaulted)
        {
            // The test has looked at it, or will not.
        }

        _session.Dispose();
        _channel.Dispose();
        await Coordinator.DisposeAsync();
        _inputs.Dispose();
        _storage.Dispose();
        _stop.Dispose();
        Secrets.DemandNoneIn(Folder);
        Directory.Delete(Folder, recursive: true);
    }
}
