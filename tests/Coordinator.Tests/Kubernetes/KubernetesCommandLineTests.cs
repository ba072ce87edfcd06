using System.CommandLine;
using System.Net;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Kubernetes;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Tests.Kubernetes;

/// <summary>The command as it is typed, before an API server that checks what it is sent.</summary>
public sealed class KubernetesCommandLineTests : IAsyncLifetime
{
    private const string Pods = "GET api/v1/namespaces/edu/pods";
    private const string Output = "--run-option=--output=hf://datasets/me/edu";
    private static readonly string[] None = [];

    private readonly SampleRun _sample = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly FakeTime _time = new();
    private FakeApiServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeApiServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _sample.Dispose();
        await _output.DisposeAsync();
        await _errors.DisposeAsync();
    }

    [Fact]
    public async Task Workers_OfARunHere_AreAppliedChangedAndEnded()
    {
        using var run = await LiveAsync("https://0.0.0.0:5090/");
        using var interrupt = new CancellationTokenSource();
        var keeping = CallAsync(["--count", "100", "--gpu", "nvidia.com/gpu=1", "--image", "here/fineweb:2"], interrupt.Token);
        await _server.UntilAsync(Pods);
        await interrupt.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, await keeping);
        Assert.Equal(100, (int)_server.Job["spec"]!["parallelism"]!);
        Assert.Contains(
            $"--coordinator=https://{Environment.MachineName.ToLowerInvariant()}:5090", _server.Job.ToJsonString(),
            StringComparison.Ordinal);
        Assert.DoesNotContain("fwj1_", _server.Job.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("fwj1_of-a-test", TokenOf("join"));

        Assert.Equal(0, await CallAsync("--count", "0"));
        Assert.Equal("ended 100 workers\n", _output.ToString());
        Assert.Empty(_server.Objects);
    }

    [Fact]
    public async Task SecondCommand_ChangesTheNumberWhileTheFirstKeepsThem()
    {
        using var run = await LiveAsync("https://0.0.0.0:5090/");
        var keeping = CallAsync("--count", "3");
        await _server.UntilAsync(Pods);

        Assert.Equal(0, await CallAsync("--count", "5"));
        Assert.Equal(5, (int)_server.Job["spec"]!["completions"]!);
        _server.Pods.Add(FakePod.Worker(RunName, "w-0").Runs("n1", _time.GetUtcNow() - TimeSpan.FromMinutes(2)));
        _server.Pods.Add(FakePod.Worker(RunName, "w-1").WaitsForANode());
        Assert.Equal(0, await CallAsync());
        Assert.Equal(0, await CallAsync("--count", "0"));

        var waits = "Unschedulable: 0/5 nodes are available: 5 Insufficient nvidia.com/gpu.";
        Assert.Equal(
            "5 workers from now on, 3 before\n" +
            $"w-0: running on n1 for 2 min 0 s\nw-1: waiting ({waits})\n1 running, 1 waiting ({waits}), of 5\n" +
            $"process {Environment.ProcessId} on {Environment.MachineName} ends them with the run\nended 5 workers\n",
            _output.ToString());
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(0, await keeping);
    }

    [Fact]
    public async Task RunInTheCluster_HasOneKeyHoweverOftenItIsApplied_AndEndsWithItsCoordinator()
    {
        var keeping = CallAsync("--count", "2", Output, "--name", "mine");
        await _server.UntilAsync(Pods);
        var (key, token) = (DataOf("mine-access", "key.pem"), TokenOf("join", "mine"));
        Assert.Equal(token, DataOf("mine-access", "join").Trim());
        Assert.Contains("--coordinator=https://mine-coordinator:5090", _server.Job.ToJsonString(), StringComparison.Ordinal);

        using var interrupt = new CancellationTokenSource();
        var again = CallAsync(["--count", "2", Output, "--name", "mine"], interrupt.Token);
        // The first asks for pods of both programs at a look.
        await _server.UntilAsync(Pods, times: 4);
        await interrupt.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, await again);
        Assert.Equal((key, token), (DataOf("mine-access", "key.pem"), TokenOf("join", "mine")));

        _server.Pods.Add(FakePod.Head("mine").StartsAgain(0, ""));
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(0, await keeping);
        Assert.Equal(0, (int)_server.Objects["statefulsets/mine-coordinator"]["spec"]!["replicas"]!);
        Assert.DoesNotContain("jobs/mine-workers", _server.Objects.Keys);
    }

    [Fact]
    public async Task DryRun_OfARunInTheCluster_PrintsAllAndAsksNobody()
    {
        Assert.Equal(0, await CallAsync("--count", "7", Output, "--run-option=--files=3", "--namespace", "other", "--dry-run"));
        var kinds = _output.ToString().Split('\n').Where(line => line.StartsWith("kind: ", StringComparison.Ordinal))
            .Select(line => line[6..]);
        Assert.Equal(
            [
                "Secret", "Secret", "NetworkPolicy", "Service", "PodDisruptionBudget", "StatefulSet", "NetworkPolicy", "Job",
            ],
            kinds);
        Assert.Contains("  namespace: other\n", _output.ToString(), StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    [Fact]
    public async Task Coordinator_InTheClusterThatFails_IsToldOf()
    {
        var words = new List<string>();
        using var client = new k8s.Kubernetes(_server.Configuration);
        var sight = new HeadSight(
            new Cluster(client, new Labels("fineweb", FakeApiServer.Namespace)), new KubernetesWords(words.Add));
        Assert.Equal(Keeping.RunStage.Working, (await sight.LookAsync(TestContext.Current.CancellationToken)).Stage);
        _server.Pods.Add(FakePod.Head("fineweb").StartsAgain(1, "no room"));
        for (var look = 0; look < 2; look++)
            Assert.Equal(Keeping.RunStage.Away, (await sight.LookAsync(TestContext.Current.CancellationToken)).Stage);
        Assert.Equal(
            "the coordinator, fineweb-coordinator-0, ended (exit code 1) and is started again; its last line: no room",
            Assert.Single(words));
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "jobs.batch is forbidden", "the cluster refuses V1Job: jobs.batch is forbidden")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "not now", "the cluster gives no answer: not now")]
    public async Task Refusal_IsOneLineWithItsReason(HttpStatusCode code, string message, string line)
    {
        using var run = await LiveAsync("https://0.0.0.0:5090/");
        _server.Trouble = (code, message);
        Assert.Equal(ExitCode.Failure, await CallAsync("--count", "1"));
        Assert.Contains(line, Assert.Single(_errors.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coordinator_ThatPodsCannotReach_IsOneLine()
    {
        using var run = await LiveAsync("http://127.0.0.1:5090/");
        Assert.Equal(ExitCode.Failure, await CallAsync("--count", "1"));
        Assert.Contains("which no other machine reaches", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_InTheClusterThatThereIsNot_IsOneLine()
    {
        Assert.Equal(ExitCode.Failure, await CallAsync("--count", "1", "--name", "nope"));
        Assert.Contains(
            "namespace edu: no workers of a run 'nope'; --run-option starts one", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--gpu=many", "give a resource of the cluster and how many")]
    [InlineData("--gpu=nvidia.com/gpu=0", "give a whole number from 1 to 64")]
    [InlineData("--memory=lots", "give a size such as 8Gi")]
    [InlineData("--name=No", "give at most 40 small letters")]
    [InlineData("--namespace=a_b", "give at most 40 small letters")]
    [InlineData("--node-selector=spot", "give a node's label and its value")]
    [InlineData("--image=a b", "give an image such as")]
    [InlineData("--run-option=files=3", "give an option of 'coordinator run' with its dashes")]
    [InlineData("--run-option=--files 3", "write it with '=': --run-option=--files=3")]
    [InlineData("--run-option=--listen=1", "--listen is set by this command")]
    [InlineData("--run-option=--files=3", "--run-option: give the output too")]
    [InlineData("--coordinator=head", "give an address such as https://head:5090")]
    [InlineData("--dry-run", "--dry-run: give --count too")]
    public async Task Option_ThatCannotBe_IsAUsageError(string option, string message)
    {
        Assert.Equal(ExitCode.Usage, await CallAsync(option));
        Assert.Contains(message, _errors.ToString(), StringComparison.Ordinal);
    }

    private string RunName => ((string)_server.Job["metadata"]!["name"]!).Replace("-workers", "", StringComparison.Ordinal);

    private string DataOf(string secret, string name) => Encoding.UTF8.GetString(
        Convert.FromBase64String((string)_server.Objects[$"secrets/{secret}"]["data"]![name]!));

    private string TokenOf(string name, string? run = null) => DataOf($"{run ?? RunName}-join", name);

    /// <summary>Locked by this process, as by a coordinator that listens there.</summary>
    private async Task<PreparedRun> LiveAsync(string address)
    {
        var run = await _sample.PrepareAsync();
        PrivateFile.Write(_sample["run", "access", "join"], Encoding.ASCII.GetBytes("fwj1_of-a-test\n"));
        CoordinatorNotice.Of(new Uri(address), _sample["run"]).Leave(_sample["notices"]);
        return run;
    }

    private Task<int> CallAsync(params string[] arguments) => CallAsync(arguments, CancellationToken.None);

    private Task<int> CallAsync(string[] arguments, CancellationToken interrupted)
    {
        var isHere = !arguments.Any(argument => argument.StartsWith("--run", StringComparison.Ordinal) ||
            argument.StartsWith("--name", StringComparison.Ordinal));
        var command = KubernetesCommandLine.Create(
            _output, _time, _ => _server.Configuration, new HubEnvironment(_ => null));
        return CommandLineApp.RunAsync(
            new RootCommand { WorkersCommandLine.Create(_output, command) },
            ["workers", "kubernetes", "--quiet", .. arguments, .. isHere ? ["--run", _sample["run"]] : None],
            interrupted, _errors);
    }
}
