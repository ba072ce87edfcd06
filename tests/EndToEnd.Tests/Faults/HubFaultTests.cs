using System.Diagnostics;
using FineWebTorch.FaultyWorker;
using FineWebTorch.HubEmulator;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>What a Hub answers, or does not, in a run that reads from it and publishes to it.</summary>
public sealed class HubFaultTests(UndisturbedHub undisturbed, ITestOutputHelper output)
    : IClassFixture<UndisturbedHub>, IDisposable
{
    public static TheoryData<int> Attempts => Soak.Attempts;

    private HubEmulatorServer Server => undisturbed.Hub.Server;

    public void Dispose() => Server.Faults.Clear();

    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Request_TurnedAwayForAWhile(int attempt)
    {
        var soon = new Dictionary<string, string> { ["Retry-After"] = "1" };
        return RunAsync("Hub: 429", attempt, random => AnyRequest(random) with { Status = 429, Headers = soon });
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Request_FailsInTheServer(int attempt) => RunAsync(
        "Hub: 500", attempt, random => AnyRequest(random) with { Status = 500, ApplyFirst = random.Next(2) == 0 });

    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Request_Reset(int attempt) => RunAsync(
        "Hub: reset", attempt, random => AnyRequest(random) with { Reset = true, ApplyFirst = random.Next(2) == 0 });

    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Answers_Slow(int attempt) => RunAsync(
        "Hub: slow", attempt, _ => new Fault { Method = "GET", BytesPerSecond = 20_000, Times = int.MaxValue });

    /// <summary>Or the answer to the first attempt was lost behind a proxy.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Commit_AfterSomebodyElses(int attempt) => RunAsync(
        "Hub: 412", attempt, random => Commit(random) with { Status = 412 });

    /// <inheritdoc cref="Commit_AfterSomebodyElses"/>
    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Commit_InConflict(int attempt) => RunAsync(
        "Hub: 409", attempt, random => Commit(random) with { Status = 409 });

    /// <summary>
    /// The Hub forgets what no commit names, while the next shard is announced or when all are there. They are made
    /// again, from the scores.
    /// </summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public Task Objects_DroppedBeforeTheirCommit(int attempt)
    {
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var moment = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return RunAsync(
            "Hub: dropped objects", attempt,
            random => new Fault
            {
                Kind = RequestKind.LfsBatch,
                Skip = random.Next(1, 3),
                Until = mayGoOn.Task,
                Reached = moment,
            },
            async coordinator =>
            {
                await Task.WhenAny(moment.Task, coordinator.ExitAsync());
                using var client = new HttpClient();
                using var answer = await client.PostAsync(new Uri(Server.Url, "_emulator/collect"), content: null);
                answer.EnsureSuccessStatusCode();
                mayGoOn.SetResult();
            });
    }

    /// <summary>One of the requests that an undisturbed run makes, and perhaps the next of its kind.</summary>
    private Fault AnyRequest(Random random)
    {
        var place = random.Next(undisturbed.Requests.Count);
        var kind = undisturbed.Requests[place].Kind;
        var earlier = undisturbed.Requests.Take(place).Count(request => request.Kind == kind);
        return new Fault { Kind = kind, Skip = earlier, Times = random.Next(1, 3) };
    }

    private static Fault Commit(Random random) => new() { Kind = RequestKind.Commit, ApplyFirst = random.Next(2) == 0 };

    /// <param name="meanwhile">Done while the run goes on.</param>
    private async Task RunAsync(
        string fault, int attempt, Func<Random, Fault> choose, Func<ProgramProcess, Task>? meanwhile = null)
    {
        var (hub, watch, name) = (undisturbed.Hub, Stopwatch.StartNew(), $"{fault.Split(' ')[^1]}-{attempt}");
        var planned = choose(Soak.RandomOf(fault, attempt));
        output.WriteLine($"the same again: FINEWEB_SEED={Soak.Seed}: {planned}");
        var tally = new Tally(hub.In($"tally-{name}"));
        Server.Faults.Add(planned);
        await using var coordinator = hub.Coordinate(name);
        await using var worker = await hub.WorkAsync(coordinator, device: new FaultyDevice { Tally = tally.Path });
        if (meanwhile is not null)
            await meanwhile(coordinator);
        Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);

        Assert.Single(hub.Commits(name));
        Assert.Equal(undisturbed.Shards, hub.Published(name));
        var (rowsLost, workLost) = Tally.Beyond([tally], UndisturbedHub.Rows);
        Soak.Record(fault, watch.Elapsed, rowsLost, workLost);
        Assert.Equal(0, rowsLost);
    }
}
