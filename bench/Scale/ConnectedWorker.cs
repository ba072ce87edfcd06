using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using FineWebTorch.Bench.Fleet;
using FineWebTorch.Common;
using FineWebTorch.Protos.V1;
using Grpc.Core;
using Grpc.Net.Client;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Scale;

/// <summary>
/// A worker with a connection of its own, which reports once a second and gives its lease back after a few seconds, to
/// ask for another.
/// </summary>
/// <param name="grants">Get the seconds from each request to its lease.</param>
/// <param name="acknowledgements">Get the seconds from each report to word that it is stored.</param>
internal sealed class ConnectedWorker(
    Uri address, FleetShape shape, string name, ConcurrentBag<double> grants, ConcurrentBag<double> acknowledgements)
{
    private const int ReportsOfLease = 4;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<ulong, long> _sent = [];
    private readonly Channel<ScoreLease> _leases = Channel.CreateUnbounded<ScoreLease>();
    private readonly Secret _key = WorkerKey.Draw();
    private ulong _sequence;
    private string _run = "";

    public async Task RunAsync(TimeSpan length)
    {
        using var channel = GrpcChannel.ForAddress(address);
        using var call = new Coordination.CoordinationClient(channel).Work(
            new Metadata { { "fineweb-worker", _key.Reveal() } });
        var start = Stopwatch.GetTimestamp();
        await call.RequestStream.WriteAsync(new WorkerMessage { Hello = Hello() });
        var listening = ListenAsync(call.ResponseStream);
        while (Stopwatch.GetElapsedTime(start) < length)
            await WorkAsync(call.RequestStream);
        await call.RequestStream.WriteAsync(new WorkerMessage { Goodbye = new Goodbye() });
        await call.RequestStream.CompleteAsync();
        await listening;
    }

    private Hello Hello() => new()
    {
        WorkerId = WorkerKey.IdOf(_key),
        Name = name,
        ProgramVersion = ProgramVersion.Current,
        DeviceKind = "cuda",
        DeviceName = "a device",
        Dtypes = { Dtype.Fp32 },
        NumericClass = "class a",
    };

    private async Task WorkAsync(IClientStreamWriter<WorkerMessage> coordinator)
    {
        var asked = Stopwatch.GetTimestamp();
        await coordinator.WriteAsync(new WorkerMessage { WorkRequest = new WorkRequest() });
        var work = new ScoringWork(await _leases.Reader.ReadAsync(), shape);
        grants.Add(Stopwatch.GetElapsedTime(asked).TotalSeconds);
        var batches = (int)(shape.RowsPerSecond * ReportInterval.TotalSeconds * shape.Batches / shape.WindowRows);
        for (var i = 0; i < ReportsOfLease; i++)
        {
            await Task.Delay(ReportInterval);
            var report = new ScoreReport { Fence = work.Fence, Sequence = ++_sequence, RunDigest = _run };
            report.Batches.AddRange(work.Next(batches));
            _sent[report.Sequence] = Stopwatch.GetTimestamp();
            await coordinator.WriteAsync(new WorkerMessage { Scores = report });
        }

        await coordinator.WriteAsync(new WorkerMessage
        {
            LeaseEnded = new LeaseEnded { Fence = work.Fence, Outcome = Outcome.Returned, RunDigest = _run },
        });
    }

    private async Task ListenAsync(IAsyncStreamReader<CoordinatorMessage> coordinator)
    {
        await foreach (var message in coordinator.ReadAllAsync())
        {
            if (message.Welcome is { } welcome)
                _run = welcome.Run.Digest;
            if (message.ScoreLease is { } lease)
                _leases.Writer.TryWrite(lease);
            if (message.ScoresStored is { } stored && _sent.TryRemove(stored.Sequence, out var sent))
                acknowledgements.Add(Stopwatch.GetElapsedTime(sent).TotalSeconds);
        }
    }
}
