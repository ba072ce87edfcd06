using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>A coordinator on a real socket that does what the test says.</summary>
internal sealed class FakeCoordinator : Coordination.CoordinationBase, IAsyncDisposable
{
    private readonly Channel<FakeSession> _sessions = Channel.CreateUnbounded<FakeSession>();
    private readonly ConcurrentBag<FakeSession> _all = [];
    private WebApplication? _host;

    public Uri Address { get; private set; } = null!;

    public ConcurrentDictionary<uint, byte[]> Inputs { get; } = new();

    public ConcurrentDictionary<string, byte[]> ModelFiles { get; } = new();

    public ConcurrentDictionary<ulong, List<WindowScores>> Scores { get; } = new();

    public ConcurrentQueue<(ShardDescription Description, byte[] Bytes)> Shards { get; } = new();

    /// <summary>The sessions that calls of ReadFile say they belong to.</summary>
    public ConcurrentQueue<string?> ReadersSessions { get; } = new();

    /// <summary>Calls of ReadFile, with the offsets asked for.</summary>
    public ConcurrentQueue<ReadFileRequest> FileReads { get; } = new();

    /// <summary>Called before each part of a file is sent; may throw.</summary>
    public Action<int> SendingPart { get; set; } = _ => { };

    /// <summary>Called when a shard arrives; may throw.</summary>
    public Action Delivering { get; set; } = () => { };

    /// <summary>Called when a shard's scores are asked for.</summary>
    public Action ReadingScores { get; set; } = () => { };

    /// <summary>Calls of LocateInput.</summary>
    public ConcurrentQueue<uint> Locations { get; } = new();

    /// <summary>Answers LocateInput; may throw.</summary>
    public Func<uint, Task<InputLocation>> Locating { get; set; } = _ =>
        throw new RpcException(new Status(StatusCode.FailedPrecondition, "read it with ReadFile"));

    /// <summary>Calls of PlanUpload.</summary>
    public ConcurrentQueue<PlanUploadRequest> Plans { get; } = new();

    /// <summary>Answers PlanUpload; may throw.</summary>
    public Func<PlanUploadRequest, Task<UploadPlan>> Planning { get; set; } = _ => Task.FromResult(new UploadPlan());

    public static async Task<FakeCoordinator> StartAsync(Uri? address = null)
    {
        var coordinator = new FakeCoordinator();
        await coordinator.ListenAsync(address?.Port ?? 0);
        return coordinator;
    }

    /// <summary>The next Work stream that a worker opens.</summary>
    public Task<FakeSession> SessionAsync() => _sessions.Reader.ReadAsync(TestContext.Current.CancellationToken)
        .AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    /// <summary>The next stream, after its Hello.</summary>
    public async Task<(FakeSession Session, Hello Hello)> GreetedAsync()
    {
        var session = await SessionAsync();
        return (session, await session.HelloAsync());
    }

    public override async Task Work(
        IAsyncStreamReader<WorkerMessage> requestStream,
        IServerStreamWriter<CoordinatorMessage> responseStream,
        ServerCallContext context)
    {
        var connection = context.GetHttpContext().Features.GetRequiredFeature<IConnectionLifetimeFeature>();
        var session = new FakeSession(requestStream, responseStream, connection.Abort);
        _all.Add(session);
        _sessions.Writer.TryWrite(session);
        await session.RunAsync(context.CancellationToken);
    }

    public override async Task ReadFile(
        ReadFileRequest request, IServerStreamWriter<FileChunk> responseStream, ServerCallContext context)
    {
        FileReads.Enqueue(request.Clone());
        ReadersSessions.Enqueue(context.RequestHeaders.GetValue("fineweb-session"));
        var bytes = request.FileCase == ReadFileRequest.FileOneofCase.InputIndex
            ? Inputs[request.InputIndex]
            : ModelFiles[request.ModelFile];
        var part = 0;
        foreach (var chunk in bytes.Skip((int)request.Offset).Chunk(10))
        {
            SendingPart(part++);
            await responseStream.WriteAsync(new FileChunk { Data = ByteString.CopyFrom(chunk) });
        }
    }

    public override Task<InputLocation> LocateInput(LocateInputRequest request, ServerCallContext context)
    {
        Locations.Enqueue(request.InputIndex);
        return Locating(request.InputIndex);
    }

    public override Task<UploadPlan> PlanUpload(PlanUploadRequest request, ServerCallContext context)
    {
        Plans.Enqueue(request.Clone());
        return Planning(request);
    }

    public override async Task ReadScores(
        ReadScoresRequest request, IServerStreamWriter<WindowScores> responseStream, ServerCallContext context)
    {
        ReadingScores();
        foreach (var window in Scores[request.Fence])
            await responseStream.WriteAsync(window);
    }

    public override async Task<ShardReceipt> DeliverShard(
        IAsyncStreamReader<ShardPart> requestStream, ServerCallContext context)
    {
        ShardDescription? description = null;
        using var bytes = new MemoryStream();
        await foreach (var part in requestStream.ReadAllAsync(context.CancellationToken))
        {
            description ??= part.Description;
            bytes.Write(part.Data.Span);
        }

        Delivering();
        Shards.Enqueue((description!, bytes.ToArray()));
        return new ShardReceipt();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _all)
            session.Close();
        if (_host is { } host)
            await host.DisposeAsync();
    }

    private async Task ListenAsync(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        _host = builder.Build();
        _host.UseRouting();
        _host.MapGrpcService<FakeCoordinator>();
        await _host.StartAsync();
        Address = new Uri(_host.Urls.First());
    }
}
