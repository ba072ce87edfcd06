using System.Collections.Concurrent;
using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Metrics;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Sessions;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Protos.V1;
using Grpc.Net.Client;

namespace FineWebTorch.Coordinator.Tests.Sessions;

/// <summary>A coordinator that listens on a port of its own, on a clock that the test moves.</summary>
internal sealed class RunHost : IAsyncDisposable
{
    public static readonly TimeSpan HeartbeatTimeout = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder;
    private readonly CoordinatorServer _server;
    private readonly ILedger _ledger;
    private readonly GrpcChannel _channel;

    private RunHost(
        TemporaryFolder folder, ILedger ledger, RunCore core, RunPlaces places, RunLoop loop,
        CoordinatorServer server)
    {
        (_folder, _ledger, Core, Places, Loop, _server) = (folder, ledger, core, places, loop, server);
        // The certificate is of the coordinator's own making; whether it is the right one is the workers' business.
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        _channel = GrpcChannel.ForAddress(
            server.Address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    public FakeTime Time { get; private init; } = null!;

    public ConcurrentQueue<RunEvent> Events { get; private init; } = null!;

    public RunCore Core { get; }

    public RunPlaces Places { get; }

    public RunLoop Loop { get; }

    public PeerGuard Guard { get; private init; } = null!;

    public ILedger Ledger => _ledger;

    public Uri Address => _server.Address;

    public GrpcChannel Channel => _channel;

    /// <param name="folder">Holds the ledger, the inputs and the output; a second host on it continues the run.</param>
    /// <param name="rowsOfFiles">Of the inputs, whose content is no Parquet: these workers do not read it.</param>
    public static Task<RunHost> StartAsync(TemporaryFolder folder, params long[] rowsOfFiles) =>
        StartAsync(folder, access: null, new PeerLimits(), rowsOfFiles);

    /// <inheritdoc cref="StartAsync(TemporaryFolder, long[])"/>
    public static Task<RunHost> StartAsync(TemporaryFolder folder, PeerLimits limits, params long[] rowsOfFiles) =>
        StartAsync(folder, access: null, limits, rowsOfFiles);

    /// <inheritdoc cref="StartAsync(TemporaryFolder, long[])"/>
    /// <param name="access">Null: everyone is let in.</param>
    public static Task<RunHost> StartAsync(TemporaryFolder folder, RunAccess access, params long[] rowsOfFiles) =>
        StartAsync(folder, access, new PeerLimits(), rowsOfFiles);

    private static async Task<RunHost> StartAsync(
        TemporaryFolder folder, RunAccess? access, PeerLimits limits, long[] rowsOfFiles)
    {
        var ledger = SqliteLedger.Open(folder["run", "ledger.sqlite"]);
        if (ledger.Load() is null)
            Create(ledger, folder, rowsOfFiles);
        var places = new RunPlaces(folder["run"], folder["output"], folder["output", ".staging"], "the nonce");
        Directory.CreateDirectory(places.Staging);
        await File.WriteAllTextAsync(places.NoncePath, places.Nonce);
        var publisher = new ShardPublisher(places, () => ledger.Load()!.Run, Runs.Spec);
        ledger.Commit(await ShardRecovery.RecoverAsync(
            ledger, ledger.Load()!, places, publisher, hub: null, CancellationToken.None));
        var core = new RunCore(ledger.Load()!, places, new SchedulingOptions(HeartbeatTimeout));
        var time = new FakeTime();
        var events = new ConcurrentQueue<RunEvent>();
        var observer = new Observer(events);
        var loop = new RunLoop(core, ledger, observer, time);
        var guard = new PeerGuard(limits, time, observer);
        var service = new CoordinationService(
            loop,
            new FileServer(core.Run.Model),
            new BuildServer(loop, ledger, hub: null),
            new ShardReceiver(
                loop, places, new ShardPublisher(places, () => core.Run, Runs.Spec), new OutputWatch(places, observer),
                () => core.Description.Digest),
            guard, access ?? RunAccess.OpenToAll);
        var server = await CoordinatorServer.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), service, guard, access?.Certificate,
            health: new RunHealth(loop, hub: null));
        return new RunHost(folder, ledger, core, places, loop, server) { Time = time, Events = events, Guard = guard };
    }

    public string InputPath(int file) => _folder["input", $"{file}.parquet"];

    /// <param name="credential">Shown when its session is opened.</param>
    public FakeWorker Worker(string name, Secret credential = default) => new(_channel, name, credential);

    /// <summary>Joins by a token, as a machine does once.</summary>
    /// <returns>Its credential.</returns>
    public async Task<Secret> RedeemAsync(Secret token)
    {
        var client = new Coordination.CoordinationClient(_channel);
        return new Secret((await client.JoinAsync(new JoinRequest { Secret = token.Reveal() })).Credential);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
        Guard.Dispose();
        await Loop.DisposeAsync();
        _ledger.Dispose();
    }

    private static void Create(SqliteLedger ledger, TemporaryFolder folder, long[] rowsOfFiles)
    {
        var files = rowsOfFiles
            .Select((rows, index) => Runs.File(index, rows, folder["input", $"{index}.parquet"])).ToList();
        foreach (var file in files)
            File.WriteAllText(file.Path, $"the content of file {file.Index}");
        File.WriteAllText(folder["model", "config.json"], "{}");
        File.WriteAllText(folder["model", "secret.txt"], "not of the model");
        ledger.Create(Runs.Run() with { Model = Runs.Model with { Path = folder["model"] } }, files);
    }

    private sealed class Observer(ConcurrentQueue<RunEvent> events) : IRunObserver
    {
        public void Observe(RunEvent happened) => events.Enqueue(happened);
    }
}
