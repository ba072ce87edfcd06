using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Tests.Running;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace FineWebTorch.Coordinator.Tests.Sessions;

/// <summary>A worker that does what the test says, over a real connection.</summary>
internal sealed class FakeWorker : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly AsyncDuplexStreamingCall<WorkerMessage, CoordinatorMessage> _call;
    private ulong _sequence;

    public FakeWorker(GrpcChannel channel, string name, Secret credential = default)
    {
        Name = name;
        Client = new Coordination.CoordinationClient(channel);
        var shown = new Metadata { { "fineweb-worker", KeyOf(name) } };
        if (!credential.IsNone())
            shown.Add("fineweb-credential", credential.Reveal());
        _call = Client.Work(shown);
    }

    public string Name { get; }

    public static string IdOf(string name) => WorkerKey.IdOf(new Secret(KeyOf(name)));

    /// <summary>Of the name, so that a test can come back as the same worker.</summary>
    public static string KeyOf(string name) => Convert.ToHexString(Encoding.UTF8.GetBytes(name));

    public Coordination.CoordinationClient Client { get; }

    /// <summary>What the calls beside the session say, that they are of this worker.</summary>
    public Metadata Session => new() { { "fineweb-session", Welcome.Session } };

    /// <summary>The answer to its Hello.</summary>
    public Welcome Welcome { get; private set; } = new() { Run = new RunDescription() };

    /// <summary>
    /// The coordinator may act upon a message, and end the session, before the write is known here to have ended.
    /// </summary>
    public Task SayAsync(WorkerMessage message) => UnlessEndedAsync(
        () => _call.RequestStream.WriteAsync(ReportsOfWorkers.OfRun(message, Welcome.Run.Digest)));

    public static Hello HelloOf(string name) => new()
    {
        WorkerId = IdOf(name),
        Name = name,
        ProgramVersion = ProgramVersion.Current,
        DeviceKind = "cpu",
        Dtypes = { Dtype.Fp32 },
        NumericClass = "class a",
    };

    /// <summary>Introduces itself.</summary>
    public async Task<Welcome> JoinAsync(params ulong[] heldLeases) =>
        Welcome = (await SayHelloAsync(hello => hello.HeldLeases.Add(heldLeases))).Welcome;

    /// <returns>The answer.</returns>
    public async Task<CoordinatorMessage> SayHelloAsync(Action<Hello> change)
    {
        var hello = HelloOf(Name);
        change(hello);
        await SayAsync(new WorkerMessage { Hello = hello });
        return await NextAsync();
    }

    public async Task<CoordinatorMessage> RequestAsync()
    {
        await SayAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
        return await NextAsync();
    }

    /// <summary>The next message; fails when none comes in time.</summary>
    public async Task<CoordinatorMessage> NextAsync()
    {
        var next = _call.ResponseStream.MoveNext(CancellationToken.None);
        if (!await next.WaitAsync(Patience))
            throw new InvalidOperationException($"the coordinator ended the session of {Name}");
        return _call.ResponseStream.Current;
    }

    /// <summary>The status with which the coordinator ends the session.</summary>
    public async Task<StatusCode> EndAsync() => (await FailureAsync()).StatusCode;

    /// <summary>With which the coordinator ends the session.</summary>
    public async Task<RpcException> FailureAsync()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience))
            {
            }

            return new RpcException(Status.DefaultSuccess);
        }
        catch (RpcException exception)
        {
            return exception;
        }
    }

    /// <summary>Sends the scores of whole windows and waits until they are durable.</summary>
    public async Task ScoreAsync(ScoreLease lease, params int[] windows)
    {
        foreach (var window in windows)
            await SayAsync(Report(lease, window, row => Runs.Score((int)lease.File.Index, row)));
        while ((await NextAsync()).ScoresStored?.Sequence != _sequence)
        {
        }
    }

    public WorkerMessage Report(ScoreLease lease, int window, Func<long, float> score)
    {
        var first = (long)window * Runs.WindowRows;
        var rows = Enumerable.Range(0, (int)Math.Min(Runs.WindowRows, (long)lease.File.Rows - first)).ToList();
        return new WorkerMessage
        {
            Scores = new ScoreReport
            {
                Fence = lease.Fence,
                Sequence = ++_sequence,
                Batches =
                {
                    new ScoredBatch
                    {
                        Window = (uint)window,
                        Rows = { rows.Select(row => (uint)row) },
                        Scores = ByteString.CopyFrom(
                            LittleEndian.FromFloats([.. rows.Select(row => score(first + row))])),
                        NumericClass = "class a",
                        TokenCounts = { rows.Select(_ => 10U) },
                    },
                },
            },
        };
    }

    public Task EndLeaseAsync(ulong fence, LeaseEnded.Types.Outcome outcome, string reason = "") => SayAsync(
        new WorkerMessage { LeaseEnded = new LeaseEnded { Fence = fence, Outcome = outcome, Reason = reason } });

    /// <summary>Reads the scores, as the builder of a shard does.</summary>
    public async Task<List<float>> ReadScoresAsync(ulong fence)
    {
        using var call = Client.ReadScores(new ReadScoresRequest { Fence = fence }, Session);
        var scores = new List<float>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience))
            scores.AddRange(LittleEndian.ToFloats(call.ResponseStream.Current.Scores.Span));
        return scores;
    }

    public ShardDescription Describe(BuildLease lease, byte[] shard, IReadOnlyCollection<float> scores) => new()
    {
        Fence = lease.Fence,
        Size = (ulong)shard.Length,
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(shard)),
        RowsIn = (ulong)scores.Count,
        RowsKept = (ulong)scores.Count(KeepRule.IntScore(3).Keeps),
        RowsUnscorable = (ulong)scores.Count(EduScore.IsUnscorable),
        Warnings = { "column x has lost its type" },
        RunDigest = Welcome.Run.Digest,
    };

    /// <summary>Hands a shard over: in two pieces, or none where it lies in place.</summary>
    public async Task DeliverAsync(ShardDescription description, byte[] shard)
    {
        using var call = Client.DeliverShard(Session);
        var middle = shard.Length / 2;
        IEnumerable<byte[]> pieces = description.InPlace || description.Uploaded
            ? []
            : [shard[..middle], shard[middle..]];
        await UnlessEndedAsync(async () =>
        {
            await call.RequestStream.WriteAsync(new ShardPart { Description = description });
            foreach (var piece in pieces)
                await call.RequestStream.WriteAsync(new ShardPart { Data = ByteString.CopyFrom(piece) });
            await call.RequestStream.CompleteAsync();
        });

        await call.ResponseAsync.WaitAsync(Patience);
    }

    public async Task<InputLocation> LocateAsync(InputFile file) =>
        await Client.LocateInputAsync(new LocateInputRequest { InputIndex = file.Index }, Session);

    public async Task<byte[]> ReadFileAsync(ReadFileRequest request)
    {
        using var call = Client.ReadFile(request, Session);
        using var content = new MemoryStream();
        while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience))
            call.ResponseStream.Current.Data.WriteTo(content);
        return content.ToArray();
    }

    /// <summary>Says goodbye, and that nothing follows.</summary>
    public async Task LeaveAsync()
    {
        await SayAsync(new WorkerMessage { Goodbye = new Goodbye() });
        await _call.RequestStream.CompleteAsync();
    }

    /// <summary>Writes; where the call ends meanwhile, its answer says why.</summary>
    private static async Task UnlessEndedAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException or IOException)
        {
            // What the coordinator has answered is the test's to ask.
        }
    }

    /// <summary>As if the process had been killed.</summary>
    public void Dispose() => _call.Dispose();
}
