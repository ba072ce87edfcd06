using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Sessions;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Coordinator.Tests;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>
/// The calls of a worker in session beside its stream, on the real service with its loop, a ledger and files: a worker
/// that holds leases on all three files, and one that holds none. No byte may come but of these files and the model's,
/// and none may be written but below staging and output.
/// </summary>
internal sealed class WorkerCallsTarget : FuzzTarget
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ProtobufMutator[] _messages =
    [
        new(ReadFileRequest.Descriptor), new(LocateInputRequest.Descriptor), new(ReadScoresRequest.Descriptor),
        new(PlanUploadRequest.Descriptor), new(ShardDescription.Descriptor), new(WorkerMessage.Descriptor),
    ];

    private readonly string _digest;

    public WorkerCallsTarget()
    {
        File.WriteAllText(Workshop["config.json"], "{}");
        File.WriteAllText(Workshop["secret"], Secret);
        for (var file = 0; file < 3; file++)
            File.WriteAllText(Workshop[$"{file}.parquet"], $"the content of file {file}");
        using var run = new SmallRun(Workshop.Folder);
        _digest = run.Core.Description.Digest;
    }

    private static string Secret { get; } = new('s', 5000);

    public override int MaxLength => 16 << 10;

    public override long AllowedBytes(int length) => (128L << 20) + (2000L * length);

    public override IEnumerable<byte[]> Seeds =>
        Enumerable.Range(1, 30).Select(seed => Script.Write(Enumerable.Repeat(new Random(seed), 6).Select(Sensible)));

    public override void Run(byte[] input) => RunAsync(input).WaitAsync(Patience).GetAwaiter().GetResult();

    public override bool IsRefusal(Exception exception) => false;

    public override byte[] Mutate(byte[] input, byte[] other, Random random) =>
        Script.Mutate(input, other, random, Sensible, (step, lent, from) => from.Next(10) == 0
            ? step with { Kind = (byte)from.Next(256) }
            : step with { Content = _messages[step.Kind % _messages.Length].Mutate(step.Content, lent.Content, from) });

    private async Task RunAsync(byte[] input)
    {
        using var run = new SmallRun(Workshop.Folder);
        Directory.CreateDirectory(run.Places.Staging);
        var places = run.Places;
        var observer = new Deaf();
        await using var loop = new RunLoop(run.Core, run.Ledger, observer, new FakeTime());
        var receiver = new ShardReceiver(
            loop, places, new ShardPublisher(places, () => run.Core.Run, SmallRun.Spec),
            new OutputWatch(places, observer), () => run.Core.Description.Digest);
        using var guard = new PeerGuard(new PeerLimits(), new FakeTime(), observer);
        var service = new CoordinationService(
            loop, new FileServer(run.Core.Run.Model), new BuildServer(loop, run.Ledger, hub: null), receiver,
            guard, RunAccess.OpenToAll);
        var worker = new Deaf();
        await loop.PostAsync(new RunCommand.Received(worker, new WorkerMessage { Hello = SmallRun.Hello(0) }));
        for (var i = 0; i < 4; i++)
            await loop.PostAsync(
                new RunCommand.Received(worker, new WorkerMessage { WorkRequest = new WorkRequest() }));
        foreach (var step in Script.Parse(input))
            await CallAsync(service, loop, worker, step);
        DemandPlaces();
    }

    private static async Task CallAsync(CoordinationService service, RunLoop loop, Deaf worker, ScriptStep step)
    {
        var call = new FakeCall("/fineweb.v1.Coordination/Call", (step.Kind & 128) == 0 ? "session 1" : "session 2");
        try
        {
            switch (step.Kind % 6)
            {
                case 0:
                    var chunks = new Outgoing<FileChunk>(chunk => chunk.Data.Length);
                    await service.ReadFile(ReadFileRequest.Parser.ParseFrom(step.Content), chunks, call);
                    if (chunks.Bytes >= Secret.Length)
                        throw new BrokenPromiseException("a file was read that is not the run's");
                    break;
                case 1: await service.LocateInput(LocateInputRequest.Parser.ParseFrom(step.Content), call); break;
                case 2:
                    await service.ReadScores(
                        ReadScoresRequest.Parser.ParseFrom(step.Content),
                        new Outgoing<WindowScores>(scores => scores.CalculateSize()), call);
                    break;
                case 3: await service.PlanUpload(PlanUploadRequest.Parser.ParseFrom(step.Content), call); break;
                case 4: await service.DeliverShard(new Incoming<ShardPart>(PartsOf(step)), call); break;
                default:
                    await loop.PostAsync(new RunCommand.Received(worker, WorkerMessage.Parser.ParseFrom(step.Content)));
                    break;
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // gRPC refuses it.
        }
        catch (RpcException refused) when (refused.StatusCode is not (StatusCode.Unknown or StatusCode.Internal))
        {
            // As it is to be.
        }
    }

    private static List<ShardPart> PartsOf(ScriptStep step)
    {
        var description = ShardDescription.Parser.ParseFrom(step.Content);
        var (first, data) = (new ShardPart { Description = description }, ByteString.CopyFromUtf8("a shard"));
        var second = new ShardPart { Data = data };
        return (step.Kind & 64) == 0 ? [first, second] : [first, second, first, new ShardPart()];
    }

    /// <summary>Nothing lies but where it may, and what is published of one input is not another's.</summary>
    private void DemandPlaces()
    {
        string[] known = ["config.json", "secret", "0.parquet", "1.parquet", "2.parquet", "staging", "output"];
        foreach (var path in Directory.EnumerateFileSystemEntries(Workshop.Folder))
        {
            if (!known.Contains(Path.GetFileName(path)))
                throw new BrokenPromiseException($"{Path.GetFileName(path)} was written");
        }

        foreach (var made in (string[])["staging", "output"])
        {
            if (Directory.Exists(Workshop[made]))
                Directory.Delete(Workshop[made], recursive: true);
        }
    }

    private ScriptStep Sensible(Random random)
    {
        var fence = (ulong)random.Next(1, 6);
        var shard = "a shard"u8.ToArray();
        string[] files = ["config.json", "secret", "../secret"];
        IMessage message = random.Next(6) switch
        {
            0 => random.Next(2) == 0
                ? new ReadFileRequest { InputIndex = (uint)random.Next(4), Offset = (ulong)random.Next(30) }
                : new ReadFileRequest { ModelFile = files[random.Next(files.Length)] },
            1 => new LocateInputRequest { InputIndex = (uint)random.Next(4) },
            2 => new ReadScoresRequest { Fence = fence },
            3 => new PlanUploadRequest { Fence = fence, Size = 7, Sha256 = SmallRun.Digest },
            4 => new ShardDescription
            {
                Fence = fence,
                Size = (ulong)shard.Length,
                Sha256 = FineWebTorch.Common.Sha256.Of(shard),
                RunDigest = _digest,
                InPlace = random.Next(8) == 0,
                Uploaded = random.Next(8) == 0,
                Warnings = { "a warning" },
            },
            _ => SmallRun.Sensible(random, _digest),
        };
        byte kind = message switch
        {
            ReadFileRequest => 0,
            LocateInputRequest => 1,
            ReadScoresRequest => 2,
            PlanUploadRequest => 3,
            ShardDescription => 4,
            _ => 5,
        };
        return new ScriptStep((byte)(kind + (6 * random.Next(42))), message.ToByteArray());
    }

    /// <summary>Hears nothing of what a worker or a person is told.</summary>
    private sealed class Deaf : IWorkerSession, IRunObserver
    {
        public void Send(CoordinatorMessage message)
        {
        }

        public void Close(string? error = null)
        {
        }

        public void Observe(RunEvent happened)
        {
        }
    }
}
