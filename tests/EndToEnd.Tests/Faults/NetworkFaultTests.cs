namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>Networks between workers and their coordinator that break or are slow.</summary>
public sealed class NetworkFaultTests
{
    public static TheoryData<int> Attempts => Soak.Attempts;

    /// <summary>A minute against the usual deadline of 30 s; here the deadline is a tenth of that.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Workers_CutOffForTwiceTheDeadline(int attempt)
    {
        await using var network = await NetworkPair.MakeAsync();
        await using var run = Between(network, "partition, twice the deadline", attempt, copies: 4);
        await run.StartAsync();
        await run.RandomPointAsync(until: 0.5);
        await network.CutAsync();
        await Task.Delay(FaultRun.Deadline * 2, TestContext.Current.CancellationToken);
        await network.MendAsync();

        await run.EndAsync(disturbed: 3);
    }

    /// <summary>Model, inputs and shards all pass through it: the workers see no folder of the coordinator's.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Workers_BehindALinkOfOneMegabyteASecond(int attempt)
    {
        await using var network = await NetworkPair.MakeAsync();
        await network.SlowAsync("8mbit");
        await using var run = Between(network, "a link at 1 MB/s", attempt, copies: 2);
        await run.CoordinateAsync();
        await run.WorkRemotelyAsync(run.Folder.NewFolder("cache"));
        await run.WorkRemotelyAsync(run.Folder.NewFolder("cache"));

        await run.EndAsync(disturbed: 0);
    }

    private static FaultRun Between(NetworkPair network, string fault, int attempt, int copies) =>
        new(fault, attempt, copies)
        {
            Settings = ["--insecure", "--settle", "100ms"],
            CoordinatorPlace = network.Head,
            WorkerPlace = network.Workers,
            Listen = $"{NetworkPair.Address}:0",
        };
}
