using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Kubernetes;
using k8s.Models;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>The Job of a run's workers until the run is over, through the client and an API server that is none.</summary>
public sealed class KubernetesKeeperTests : IAsyncLifetime
{
    private const string Run = "edu-run";

    private readonly FakeTime _time = new();
    private readonly List<string> _told = [];
    private readonly List<string> _done = [];
    private FakeApiServer _server = null!;
    private k8s.Kubernetes _client = null!;
    private Cluster _cluster = null!;
    private KubernetesKeeper _keeper = null!;
    private RunSight _run = new(RunStage.Working, 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _client = new k8s.Kubernetes(_server.Configuration);
        _cluster = new Cluster(_client, Labels);
        var words = new KubernetesWords(_told.Add);
        _keeper = new KubernetesKeeper(
            _cluster, _ => Task.FromResult(_run), RenewAsync, EndHeadAsync, words,
            new KeeperOptions(TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(30)) { Time = _time, Random = () => 1 });
        await _cluster.ApplyAsync(Manifests.Objects(4), Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Workers_AreCountedAndToldOf_AndEndWithTheRun()
    {
        _server.Pods.Add(FakePod.Worker(Run, "w-0").Runs("n1", _time.GetUtcNow()));
        _server.Pods.Add(FakePod.Worker(Run, "w-1").WaitsForANode());
        _server.Pods.Add(FakePod.Worker(Run, "w-2").WaitsForImage());
        Assert.Null(await StepAsync());
        Assert.Null(await StepAsync());
        Assert.Equal(
            "1 running, 2 waiting (ImagePullBackOff: Back-off pulling image \"nope:1\"; Unschedulable: 0/5 nodes are available: " +
            "5 Insufficient nvidia.com/gpu.), of 4", Assert.Single(_told));

        _run = new RunSight(RunStage.Over, 0);
        Assert.Equal(ExitCode.Success, await StepAsync());
        Assert.Equal("the run is over; ended 3 workers that were left", _told[^1]);
        Assert.Equal((0, 0, "the head"), (_server.Objects.Count, _server.Pods.Count, Assert.Single(_done)));
    }

    [Fact]
    public async Task Pods_ThatWereTakenAwayOrFailed_AreToldOfOnce()
    {
        _server.Pods.Add(FakePod.Worker(Run, "w-0").IsTakenAway("n1"));
        _server.Pods.Add(FakePod.Worker(Run, "w-1").IsTakenAway("n1"));
        _server.Pods.Add(FakePod.Worker(Run, "w-2").Fails("n2", 1, "loading\nthe driver is gone\n"));
        for (var step = 0; step < 3; step++)
            await StepAsync();
        Assert.Equal(
            [
                "2 workers taken away; Kubernetes starts others: w-0, w-1",
                "1 worker failed on n2 (exit code 1): w-2; its last line: the driver is gone",
                "0 running, 0 waiting, of 4",
            ],
            _told);
    }

    [Fact]
    public async Task Places_ThatKubernetesHasGivenUp_GetOthersAtOnceThenAfterPauses()
    {
        _server.Job["status"] = new JsonObject { ["failedIndexes"] = "0,2-3" };
        await StepAsync();
        Assert.Equal((7, 7, "4"), Numbers());
        Assert.StartsWith("Kubernetes has given up 3 places among the workers", _told[1], StringComparison.Ordinal);

        _server.Job["status"] = new JsonObject { ["failedIndexes"] = "0,2-4" };
        await StepAsync();
        Assert.Equal((7, 7, "4"), Numbers());
        await StepAsync();
        Assert.Equal((8, 8, "4"), Numbers());
    }

    [Fact]
    public async Task Workers_ThatAllFailWhileNothingGetsDone_EndTheCommand()
    {
        _server.Pods.Add(FakePod.Worker(Run, "w-0").Fails("n1", 5, "turned away: another version"));
        var failure = await Assert.ThrowsAsync<UserErrorException>(async () =>
        {
            for (var step = 0; step < 200; step++)
            {
                EndJob("Failed");
                await StepAsync();
            }
        });
        Assert.Equal(
            "all workers fail, 5 times in a row, and nothing gets done; the last one, w-0 on n1, ended: exit code 5; its last " +
            "line: turned away: another version", failure.Message);
        Assert.Equal(4, _done.Count(what => what == "renewed 4"));
    }

    [Fact]
    public async Task Workers_ThatFailWhileTheRunIsPaused_DoNotEndTheCommand()
    {
        _run = _run with { IsPaused = true };
        for (var step = 0; step < 50; step++)
        {
            EndJob("Failed");
            Assert.Null(await StepAsync());
        }
    }

    [Fact]
    public async Task Job_ThatSomebodyDeletes_EndsTheCommand()
    {
        await _cluster.EndWorkersAsync(Cancellation);
        Assert.Equal(ExitCode.Success, await StepAsync());
        Assert.Equal("no workers are wanted", Assert.Single(_told));
    }

    [Fact]
    public async Task Server_ThatIsAway_IsAskedAgainAfterGrowingPausesAndToldOfOnce()
    {
        await StepAsync();
        _told.Clear();
        _server.Trouble = (System.Net.HttpStatusCode.ServiceUnavailable, "etcdserver: leader changed");
        var pauses = new List<double>();
        for (var failure = 0; failure < 5; failure++)
        {
            Assert.Null(await StepAsync());
            pauses.Add(_keeper.Pause.TotalSeconds);
        }

        Assert.Equal([15, 30, 60, 120, 120], pauses);
        Assert.Equal(
            "the cluster has to be asked again (etcdserver: leader changed); workers go on meanwhile", Assert.Single(_told));
        _server.Trouble = null;
        await StepAsync();
        Assert.Equal("the cluster does as it is asked again", _told[^1]);
    }

    [Fact]
    public async Task Coordinator_ThatIsAwayForTooLong_EndsAll()
    {
        _run = new RunSight(RunStage.Away, 0);
        int? exitCode = null;
        for (var step = 0; exitCode is null; step++)
        {
            exitCode = await StepAsync();
            Assert.True(_time.Now < TimeSpan.FromHours(1));
        }

        Assert.Equal((ExitCode.NoCoordinator, 0), (exitCode, _server.Objects.Count));
        Assert.Empty(_done);
    }

    [Fact]
    public async Task Interruption_LeavesTheWorkersAndSaysHowToEndThem()
    {
        await _keeper.InterruptAsync();
        Assert.NotEmpty(_server.Objects);
        Assert.EndsWith("with --count 0 to end them now", _told[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("", 0)]
    [InlineData("7", 1)]
    [InlineData("0,2-3,10-19", 13)]
    public void Indexes_AreCounted(string? indexes, int count) => Assert.Equal(count, KubernetesKeeper.CountOf(indexes));

    private static Labels Labels => new(Run, FakeApiServer.Namespace);

    private static WorkerManifests Manifests => new(Labels, new PodShape(), "https://head:5090", isOpen: false);

    private async Task<int?> StepAsync()
    {
        var exitCode = await _keeper.StepAsync(Cancellation);
        _time.Advance(_keeper.Pause);
        return exitCode;
    }

    private (int Completions, int Parallelism, string Wanted) Numbers() => (
        (int)_server.Job["spec"]!["completions"]!, (int)_server.Job["spec"]!["parallelism"]!,
        (string)_server.Job["metadata"]!["annotations"]!["fineweb-torch/count"]!);

    private void EndJob(string how) => _server.Job["status"] = new JsonObject
    {
        ["failedIndexes"] = "0-3",
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = how, ["status"] = "True" }),
    };

    private async Task RenewAsync(int count, CancellationToken cancellation)
    {
        _done.Add($"renewed {count}");
        _server.Job.Remove("status");
        await _cluster.ApplyAsync(Manifests.Objects(count), cancellation);
    }

    private Task EndHeadAsync(CancellationToken cancellation)
    {
        _done.Add("the head");
        return Task.CompletedTask;
    }
}
