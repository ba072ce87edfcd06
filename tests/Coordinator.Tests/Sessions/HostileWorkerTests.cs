using System.Text;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Tests.Limits;
using FineWebTorch.Protos.V1;
using Google.Protobuf.Collections;
using Grpc.Core;
using static FineWebTorch.Protos.V1.LeaseEnded.Types;

namespace FineWebTorch.Coordinator.Tests.Sessions;

/// <summary>Workers that say what no worker says, over the real service.</summary>
public sealed class HostileWorkerTests : IDisposable
{
    private static readonly byte[] Shard = Encoding.UTF8.GetBytes("a shard");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("name", "name has control characters")]
    [InlineData("order of reading", "name has control characters")]
    [InlineData("long name", "name has 5000 characters")]
    [InlineData("device", "device_name has control characters")]
    [InlineData("class", "numeric_class has 5000 characters")]
    [InlineData("machine", "machine has control characters")]
    [InlineData("leases", "holds 1000 leases")]
    [InlineData("id", "has no worker_id")]
    public async Task Hello_ThatNoWorkerSays_IsTurnedAwayWithOneLine(string what, string reason)
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var hostile = host.Worker("hostile");

        var answer = await hostile.SayHelloAsync(hello => _ = what switch
        {
            "name" => hello.Name = "\u001b[2Jgone",
            "order of reading" => hello.Name = "a\u202eb",
            "long name" => hello.Name = new string('n', 5000),
            "device" => hello.DeviceName = "a\nb",
            "class" => hello.NumericClass = new string('c', 5000),
            "machine" => hello.Machine = "a\u001b[2J",
            "id" => hello.WorkerId = "",
            _ => Add(hello.HeldLeases, 1000).ToString(System.Globalization.CultureInfo.InvariantCulture),
        });

        Assert.True(answer.Rejection.Permanent);
        Assert.Contains(reason, answer.Rejection.Reason, StringComparison.Ordinal);
        await hostile.EndAsync();
        await DemandToldAsync(host, reason);
        await DemandWellAsync(host);
    }

    [Theory]
    [InlineData("requests", "without waiting for an answer")]
    [InlineData("window", "reads window 4000000000 of a file of 3")]
    [InlineData("statistics", "statistics that are none")]
    [InlineData("negative", "statistics that are none")]
    [InlineData("stage", "a stage (77)")]
    [InlineData("leases", "a heartbeat about 1000 leases")]
    [InlineData("batches", "a report of 200000 batches")]
    [InlineData("counts", "18446744073709551615 positions")]
    [InlineData("in flight", "4294967295 batches at once")]
    [InlineData("utilization", "a device that is used by 1.5 of 1")]
    [InlineData("memory", "a device with 0 of 18446744073709551615 bytes in use")]
    [InlineData("watts", "a device that takes NaN W")]
    [InlineData("celsius", "a device of -Infinity")]
    [InlineData("tokens", "with 1000000 tokens, where the run allows 4096")]
    [InlineData("class", "scores of 'class b' from a worker of 'class a'")]
    [InlineData("class text", "numeric class of a batch has control characters")]
    [InlineData("digest", "the digest of a file that it opened is none")]
    [InlineData("reason", "has 100000 characters")]
    public async Task Message_ThatNoWorkerSends_EndsTheSessionWithOneLineOnBothSides(string what, string reason)
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var hostile = host.Worker("hostile");
        await hostile.JoinAsync();
        var lease = (await hostile.RequestAsync()).ScoreLease;

        try
        {
            foreach (var message in Messages(hostile, what, lease))
                await hostile.SayAsync(message);
        }
        catch (RpcException ended) when (ended.StatusCode == StatusCode.Cancelled)
        {
            // The session may end before all is said; why it did is asked below.
        }

        var answer = await hostile.NextAsync();
        while (answer.Rejection is null)
            answer = await hostile.NextAsync();
        Assert.Contains(reason, answer.Rejection.Reason, StringComparison.Ordinal);
        await hostile.EndAsync();
        await DemandToldAsync(host, reason);
        Assert.Equal(0, host.Core.Totals.Rows);
        await DemandWellAsync(host);
    }

    [Theory]
    [InlineData(1UL << 40, "a shard of 1099511627776 bytes is announced")]
    [InlineData(ulong.MaxValue, "is announced")]
    [InlineData(3UL, "more bytes came than the 3")]
    public async Task Shard_LargerThanItCanBe_IsRefusedBeforeItFillsTheDisk(ulong size, string reason)
    {
        await using var host = await RunHost.StartAsync(_folder, 0);
        using var hostile = host.Worker("hostile");
        await hostile.JoinAsync();
        var build = (await hostile.RequestAsync()).BuildLease;
        var description = hostile.Describe(build, Shard, []);
        description.Size = size;

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => hostile.DeliverAsync(description, Shard));

        // Writing on after the refusal may fail before the refusal is read.
        if (refusal is RpcException { StatusCode: StatusCode.FailedPrecondition, Status.Detail: var detail })
            Assert.Contains(reason, detail, StringComparison.Ordinal);
        Assert.Equal([host.Places.NoncePath], Directory.GetFiles(host.Places.Staging));
        await hostile.DeliverAsync(hostile.Describe(build, Shard, []), Shard);
    }

    [Fact]
    public async Task Reason_WithControlCharacters_IsToldWithoutThem()
    {
        await using var host = await RunHost.StartAsync(_folder, 12);
        using var worker = host.Worker("a");
        await worker.JoinAsync();
        var lease = (await worker.RequestAsync()).ScoreLease;

        await worker.EndLeaseAsync(lease.Fence, Outcome.Failed, "bad\u001b[2J\nfile" + new string('x', 5000));

        await HonestRun.UntilAsync(() => host.Events.OfType<RunEvent.AttemptFailed>().Any());
        var told = host.Events.OfType<RunEvent.AttemptFailed>().Single().Reason;
        Assert.StartsWith("bad?[2J?file", told, StringComparison.Ordinal);
        Assert.InRange(told.Length, 1000, 2000);
    }

    private static IEnumerable<WorkerMessage> Messages(FakeWorker worker, string what, ScoreLease lease)
    {
        var report = worker.Report(lease, 0, row => Runs.Score(0, row));
        var progress = new LeaseProgress { Fence = lease.Fence };
        var statistics = new WorkerStatistics();
        switch (what)
        {
            case "requests":
                return Enumerable.Repeat(new WorkerMessage { WorkRequest = new WorkRequest() }, 1100);
            case "batches":
                report.Scores.Batches.AddRange(Enumerable.Repeat(new ScoredBatch(), 199_999));
                return [report];
            case "tokens": report.Scores.Batches[0].TokenCounts[0] = 999_970; return [report];
            case "class": report.Scores.Batches[0].NumericClass = "class b"; return [report];
            case "class text": report.Scores.Batches[0].NumericClass = "class a;\u0007"; return [report];
            case "digest":
                return [new WorkerMessage
                {
                    FileOpened = new FileOpened { Fence = lease.Fence, Rows = lease.File.Rows, Sha256 = "../etc" },
                }];
            case "reason":
                return [new WorkerMessage
                {
                    LeaseEnded = new LeaseEnded
                    {
                        Fence = lease.Fence,
                        Outcome = Outcome.Failed,
                        Reason = new string('r', 100_000),
                    },
                }];
            case "window": progress.ReadingWindow = 4_000_000_000; break;
            case "stage": progress.Stage = (LeaseProgress.Types.Stage)77; break;
            case "statistics": statistics.BusySeconds = double.NaN; break;
            case "negative": statistics.ReaderWaitSeconds = -1; break;
            case "counts": statistics.Positions = ulong.MaxValue; break;
            case "in flight": statistics.BatchesInFlight = uint.MaxValue; break;
            case "utilization": statistics.Device = new DeviceReading { Utilization = 1.5 }; break;
            case "memory": statistics.Device = new DeviceReading { MemoryTotalBytes = ulong.MaxValue }; break;
            case "watts": statistics.Device = new DeviceReading { Watts = double.NaN }; break;
            case "celsius": statistics.Device = new DeviceReading { Celsius = double.NegativeInfinity }; break;
            default: break;
        }

        var heartbeat = new Heartbeat { Statistics = statistics };
        heartbeat.Leases.AddRange(Enumerable.Repeat(progress, what == "leases" ? 1000 : 1));
        return [new WorkerMessage { Heartbeat = heartbeat }];
    }

    private static ulong Add(RepeatedField<ulong> leases, int count)
    {
        leases.AddRange(Enumerable.Range(1, count).Select(fence => (ulong)fence));
        return (ulong)count;
    }

    private static async Task DemandToldAsync(RunHost host, string reason)
    {
        await HonestRun.UntilAsync(() => host.Events.OfType<RunEvent.WorkerTurnedAway>().Any());
        var told = host.Events.OfType<RunEvent.WorkerTurnedAway>().Single();
        Assert.Contains(reason, told.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(told.Worker + told.Reason, char.IsControl);
    }

    /// <summary>Another worker gets the work and can do it.</summary>
    private static async Task DemandWellAsync(RunHost host)
    {
        using var good = host.Worker("good");
        await good.JoinAsync();
        var lease = (await good.RequestAsync()).ScoreLease;
        Assert.Equal((0U, 3U), (lease.FirstWindow, lease.EndWindow));
        await good.ScoreAsync(lease, 0);
        Assert.Equal(4, host.Core.Totals.Rows);
    }
}
