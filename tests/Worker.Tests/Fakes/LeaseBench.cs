using System.Collections.Concurrent;
using System.Threading.Channels;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Shards;
using FineWebTorch.Worker.Storage;
using Grpc.Net.Client;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>
/// The leases of a worker by themselves: what they say goes nowhere, the device and the time are fake. Inputs lie on the
/// disk; a coordinator that is scripted answers the calls about them.
/// </summary>
internal sealed class LeaseBench : IAsyncDisposable
{
    private readonly Channel<WorkerMessage> _sent = Channel.CreateUnbounded<WorkerMessage>();
    private readonly Mailbox _mailbox;
    private readonly GrpcChannel _channel;
    private readonly InputStore _inputs;
    private readonly Task _running;
    private int _changes;

    private LeaseBench(FakeCoordinator coordinator, ulong rowsPerFile, bool shared)
    {
        Coordinator = coordinator;
        Watchdog = new Watchdog(Ends.Add);
        _mailbox = new Mailbox(Time);
        _channel = GrpcChannel.ForAddress(coordinator.Address);
        var calls = new CoordinatorCalls(new Coordination.CoordinationClient(_channel), Time, () => 0.5);
        // Neither inputs nor shards of these tests are on the Hub.
        _inputs = new InputStore(In("inputs"), new OrphanedDownloads(In("left"), Time), calls, null!, new FileHashes());
        Leases = new LeaseManager(
            _mailbox, Format, _inputs, new ShardBuilder(In("shards"), Format, calls, null!), Watchdog,
            message => _sent.Writer.TryWrite(message), () => Interlocked.Increment(ref _changes), Broken.Add, Log);
        var model = new LoadedModel(new DeviceQueue(Scorer, BatchesInFlight.One, Time), new FakeEncoder(), []);
        Pipeline = new ScoringPipeline(
            model.Device, model.Encoder, Leases, new PipelineOptions(1), new PipelineStatistics(), Time);
        var description = new RunDescription
        {
            Digest = "digest",
            TokenBudget = 20,
            WindowRows = SessionBench.Windows,
            RowsPerFile = rowsPerFile,
            TextColumn = "text",
            Keep = "raw3",
        };
        Run = new RunContext(description, new RunEngine("digest", model, Pipeline), shared);
        _running = Task.Run(_mailbox.RunAsync);
    }

    public LeaseManager Leases { get; }

    public RunContext Run { get; }

    public FakeCoordinator Coordinator { get; }

    public ManualTime Time { get; } = new();

    public FakeScorer Scorer { get; } = new();

    public LinesFormat Format { get; } = new();

    public ScoringPipeline Pipeline { get; }

    /// <summary>Looks when the test says so.</summary>
    public Watchdog Watchdog { get; }

    /// <summary>What the watchdog would end the process with.</summary>
    public BlockingCollection<string> Ends { get; } = [];

    /// <summary>Failures of the device that were told.</summary>
    public BlockingCollection<DeviceFailedException> Broken { get; } = [];

    public Journal Log { get; } = new();

    /// <summary>How often it was told that a lease has ended or the reader become free.</summary>
    public int Changes => Volatile.Read(ref _changes);

    /// <summary>A folder of this test's own.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("worker-leases-").FullName;

    /// <param name="shared">The paths of inputs mean the same here.</param>
    public static async Task<LeaseBench> StartAsync(ulong rowsPerFile = 0, bool shared = true) =>
        new(await FakeCoordinator.StartAsync(), rowsPerFile, shared);

    public string In(string path) => Path.Combine(Folder, path);

    public InputFile Input(string name, IReadOnlyList<string> texts, uint index = 0)
    {
        File.WriteAllLines(In(name), texts);
        var bytes = File.ReadAllBytes(In(name));
        Coordinator.Inputs[index] = bytes;
        return new InputFile { Index = index, Name = name, Path = In(name), Size = (ulong)bytes.Length };
    }

    /// <summary>A lease on the scores of a file.</summary>
    public Task Score(ulong fence, InputFile file, uint endWindow = 1000, params IEnumerable<uint> complete)
    {
        var lease = new ScoreLease { Fence = fence, File = file, EndWindow = endWindow, CompleteWindows = { complete } };
        return Do(() => Leases.Accept(lease, Run));
    }

    /// <summary>A lease on the shard of a file.</summary>
    public Task Build(ulong fence, InputFile file) => Do(() => Leases.Accept(
        new BuildLease { Fence = fence, File = file, ShardName = $"shard {fence}", StagingPath = In($"staging/{fence}") },
        Run));

    /// <summary>Done in the mailbox, after what is in it already.</summary>
    public Task Do(Action action) => Ask(() =>
    {
        action();
        return true;
    });

    /// <inheritdoc cref="Do"/>
    public Task<T> Ask<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _mailbox.Post(() => answer.SetResult(question()));
        return answer.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    /// <summary>Those that matter in a new session.</summary>
    public Task<List<ulong>> FencesAsync() => Ask(() => Leases.Fences.ToList());

    /// <summary>Asked again and again until the answer is as wanted.</summary>
    public async Task<T> AskUntil<T>(Func<T> question, Func<T, bool> isWanted)
    {
        while (true)
        {
            var answer = await Ask(question);
            if (isWanted(answer))
                return answer;
        }
    }

    /// <summary>What is said of the only lease, or of one of several.</summary>
    public LeaseProgress ProgressOf(ulong fence) => Leases.Progress().Single(lease => lease.Fence == fence);

    /// <summary>The next message about a lease.</summary>
    public Task<WorkerMessage> Next() => _sent.Reader.ReadAsync(TestContext.Current.CancellationToken)
        .AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    /// <summary>The messages up to the end of a lease.</summary>
    public async Task<List<WorkerMessage>> UntilEndOf(ulong fence)
    {
        var messages = new List<WorkerMessage>();
        do
            messages.Add(await Next());
        while (messages[^1].LeaseEnded?.Fence != fence);
        return messages;
    }

    /// <summary>Whether all that was said has been looked at.</summary>
    public bool NothingMore => !_sent.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        Scorer.Scoring = _ => { };
        await Do(Leases.StopAll);
        await AskUntil(() => Leases.IsEmpty, isEmpty => isEmpty);
        Pipeline.Dispose();
        await Do(_mailbox.Close);
        await _running;
        _channel.Dispose();
        await Coordinator.DisposeAsync();
        _inputs.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
