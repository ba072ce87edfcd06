using System.Security.Cryptography;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Tests.Fakes;
using Google.Protobuf;
using Grpc.Core;
using static FineWebTorch.Worker.Tests.Session.WorkerAgentTests;
using Fault = FineWebTorch.Protos.V1.LeaseEnded.Types.Fault;
using Kind = FineWebTorch.Protos.V1.WorkerMessage.MessageOneofCase;
using Outcome = FineWebTorch.Protos.V1.LeaseEnded.Types.Outcome;

namespace FineWebTorch.Worker.Tests.Session;

public sealed class ShardBuildTests
{
    internal static readonly float[] Scores = [1, 3, 2.9f, 4.5f, 0, 0, 0, 0, 3.25f, -1];

    // Raw score of at least 3: rows 1, 3 and 8; row 9 is unscorable.
    internal const string Shard = "1 3 3\n3 4.5 4\n8 3.25 3\n";

    [Fact]
    public async Task Shard_OnASharedDisk_IsWrittenInPlace()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        var ended = await BuildAsync(bench, session);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        var (description, bytes) = Assert.Single(bench.Coordinator.Shards);
        Assert.Empty(bytes);
        Assert.Equal(Shard, File.ReadAllText(bench.In("staging/shard")));
        Check(description, File.ReadAllBytes(bench.In("staging/shard")), inPlace: true);
        Assert.Equal([bench.In("staging/shard")], Directory.GetFiles(bench.In("staging")));
        Assert.Contains("delivered data/shard: 3 of 10 rows kept", Logged.Lines);
    }

    [Fact]
    public async Task Shard_OnAnotherDisk_IsStreamedAndRemovedHere()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench, shared: false);
        var ended = await BuildAsync(bench, session);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        var (description, bytes) = Assert.Single(bench.Coordinator.Shards);
        Assert.Equal(Shard, System.Text.Encoding.UTF8.GetString(bytes));
        Check(description, bytes, inPlace: false);
        Assert.Empty(Directory.GetFiles(bench.In("cache/shards")));
        Assert.False(Directory.Exists(bench.In("staging")));
    }

    [Fact]
    public async Task Delivery_WhileTheCoordinatorIsAway_IsTriedAgain()
    {
        await using var bench = await SessionBench.StartAsync();
        var attempts = 0;
        bench.Coordinator.Delivering = () =>
        {
            if (attempts++ < 3)
                throw new RpcException(new Status(StatusCode.Unavailable, "restarting"));
        };
        var session = await Welcomed(bench, shared: false);
        var ended = await BuildAsync(bench, session);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        Assert.Equal(4, attempts);
        Assert.Single(bench.Coordinator.Shards);
    }

    [Fact]
    public async Task Delivery_CoordinatorAtItsLimit_IsTriedAgainAfterThePause()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.MostSeconds = 30;
        var attempts = new List<TimeSpan>();
        var start = bench.Time.GetTimestamp();
        bench.Coordinator.Delivering = () =>
        {
            attempts.Add(bench.Time.GetElapsedTime(start));
            if (attempts.Count < 5)
                throw AtItsLimit("2000");
        };
        var session = await Welcomed(bench, shared: false);
        var ended = await BuildAsync(bench, session);

        Assert.Equal(Outcome.Completed, ended.Outcome);
        Assert.Single(bench.Coordinator.Shards);
        Assert.All(
            attempts.Zip(attempts.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task Delivery_TooLargeForEver_EndsTheLeaseAlone()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Coordinator.Delivering = () => throw AtItsLimit("-1");
        var session = await Welcomed(bench);
        var ended = await BuildAsync(bench, session);

        Assert.Equal((Outcome.Failed, Fault.Machine), (ended.Outcome, ended.Fault));
        Assert.Contains("too much at once", ended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_Refused_EndsTheLeaseAlone()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Coordinator.Delivering = () =>
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "the counts differ"));
        var session = await Welcomed(bench);
        var ended = await BuildAsync(bench, session);

        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("the counts differ", ended.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(11)]
    public async Task Scores_TooFewOrTooMany_EndTheLease(int count)
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        var ended = await BuildAsync(bench, session, [.. Scores, 1, 1], count);

        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("the coordinator sent", ended.Reason, StringComparison.Ordinal);
        Assert.Empty(bench.Coordinator.Shards);
    }

    [Fact]
    public async Task Scores_ThatAreNoNumbers_EndTheLease()
    {
        await using var bench = await SessionBench.StartAsync();
        var session = await Welcomed(bench);
        var ended = await BuildAsync(bench, session, [1, 2, float.NaN, 4, 5, 6, 7, 8, 9, 10]);

        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("row 2", ended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Input_ChangedWhileItsShardIsBuilt_IsNotDelivered()
    {
        await using var bench = await SessionBench.StartAsync();
        bench.Coordinator.ReadingScores = () => File.AppendAllText(bench.In("in"), "more\n");
        var session = await Welcomed(bench);
        var ended = await BuildAsync(bench, session);

        Assert.Equal(Outcome.Failed, ended.Outcome);
        Assert.Contains("input changed", ended.Reason, StringComparison.Ordinal);
        Assert.Empty(bench.Coordinator.Shards);
    }

    [Fact]
    public async Task Build_LeavesTheReaderFreeForTheNextLease()
    {
        await using var bench = await SessionBench.StartAsync();
        using var gate = new Gate();
        bench.Coordinator.Delivering = gate.Pass;
        var session = await Welcomed(bench);
        await session.SendAsync(Lease(bench, Scores, Scores.Length));

        await session.ExpectAsync(Kind.WorkRequest);
        await session.SendAsync(SessionBench.Lease(8, bench.Input("other", PipelineBench.Texts(5), index: 1)));
        Assert.Equal(8UL, (await ScoresUntilEnd(bench, session)).Ended.Fence);
        gate.Open();
        Assert.Equal(7UL, (await Until(bench, session, m => m.LeaseEnded is not null))[^1].LeaseEnded.Fence);
    }

    private static RpcException AtItsLimit(string pushback) => new(
        new Status(StatusCode.ResourceExhausted, "too much at once"),
        new Metadata { { "grpc-retry-pushback-ms", pushback } });

    private static async Task<LeaseEnded> BuildAsync(
        SessionBench bench, FakeSession session, float[]? scores = null, int? count = null)
    {
        await session.SendAsync(Lease(bench, scores ?? Scores, count ?? Scores.Length));
        return (await Until(bench, session, message => message.LeaseEnded is not null))[^1].LeaseEnded;
    }

    internal static CoordinatorMessage Lease(SessionBench bench, float[] scores, int count)
    {
        float[] sent = [.. scores.Take(count)];
        if (count == Scores.Length)
            sent[9] = EduScore.Unscorable(UnscorableReason.NullText);
        bench.Coordinator.Scores[7] = [.. sent.Chunk(SessionBench.Windows).Select((part, window) => new WindowScores
        {
            Window = (uint)window,
            Scores = ByteString.CopyFrom([.. part.SelectMany(BitConverter.GetBytes)]),
        })];
        return new CoordinatorMessage
        {
            BuildLease = new BuildLease
            {
                Fence = 7,
                File = bench.Input("in", PipelineBench.Texts(10)),
                ShardName = "data/shard",
                StagingPath = bench.In("staging/shard"),
            },
        };
    }

    private static void Check(ShardDescription description, byte[] bytes, bool inPlace)
    {
        Assert.Equal((7UL, inPlace), (description.Fence, description.InPlace));
        Assert.Equal((10UL, 3UL, 1UL), (description.RowsIn, description.RowsKept, description.RowsUnscorable));
        Assert.Equal((ulong)bytes.Length, description.Size);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), description.Sha256);
        Assert.Equal(["a warning"], description.Warnings);
    }
}
