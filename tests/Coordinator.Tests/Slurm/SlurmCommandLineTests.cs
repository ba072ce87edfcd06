using System.CommandLine;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Preparation;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Slurm;

namespace FineWebTorch.Coordinator.Tests.Slurm;

/// <summary>The command as it is typed, before a Slurm that writes down what it is told.</summary>
public sealed class SlurmCommandLineTests : IDisposable
{
    private static readonly string[] None = [];

    private readonly SampleRun _sample = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly List<string> _typed = [];
    private readonly FakeTime _time = new();
    private string _listed = "";

    public void Dispose()
    {
        _sample.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task DryRun_PrintsTheScriptWithoutTheTokenAndDoesNothing()
    {
        using var run = await LiveAsync("https://0.0.0.0:5090/");

        Assert.Equal(0, await CallAsync("--count", "1200", "--partition", "spot", "--dry-run"));

        var script = _output.ToString();
        Assert.EndsWith(
            $"--coordinator 'https://{Environment.MachineName.ToLowerInvariant()}:5090' --join " +
            $"'@{_sample["run", "access", "join"]}'", script.Split("\n# submitted")[0], StringComparison.Ordinal);
        Assert.EndsWith(
            "# submitted by: sbatch --parsable --array=0-999 --partition=spot\n" +
            "# submitted by: sbatch --parsable --array=0-199 --partition=spot\n", script,
            StringComparison.Ordinal);
        Assert.DoesNotContain("fwj1_", script, StringComparison.Ordinal);
        Assert.Empty(_typed);
        Assert.False(Directory.Exists(_sample["run", "slurm"]));
    }

    [Fact]
    public async Task Jobs_AreSubmittedAndWhatOthersMustNotReadIsOnTheSharedDisk()
    {
        using var run = await LiveAsync("https://0.0.0.0:5090/");
        var shared = _sample["shared"];

        using var interrupt = new CancellationTokenSource();
        var keeping = CallAsync(["--count", "3", "--shared", shared, "--sbatch=--account=edu"], interrupt.Token);
        await interrupt.CancelAsync();

        Assert.Equal(ExitCode.Interrupted, await keeping);
        Assert.Contains(_typed, line => line.StartsWith("sbatch --parsable --array=0-2", StringComparison.Ordinal));
        var token = Assert.Single(Directory.GetFiles(shared, "join", SearchOption.AllDirectories));
        Assert.Equal("fwj1_of-a-test", (await File.ReadAllTextAsync(token, TestContext.Current.CancellationToken)).Trim());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(token));
        Assert.All(_typed, line => Assert.DoesNotContain("fwj1_", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task SecondCommand_ChangesTheNumberOfTheFirst_AndANumberOfNothingEndsIt()
    {
        using var run = await LiveAsync("https://0.0.0.0:5090/");
        var keeping = CallAsync("--count", "3");

        Assert.Equal(0, await CallAsync("--count", "5"));
        Assert.Equal(0, await CallAsync("--count", "5", "--partition", "other"));
        Assert.Equal(0, await CallAsync());
        Assert.Equal(0, await CallAsync("--count", "0"));

        var me = $"process {Environment.ProcessId} on {Environment.MachineName}";
        Assert.Equal(
            $"{me} keeps 5 jobs from now on, 3 before\n" +
            $"only the number of jobs can be changed now: the rest stays as {me} was told; end that first\n" +
            $"{me} keeps 5 jobs already\n" +
            $"no job of this run waits or runs\n{me} keeps 5 jobs\n" +
            $"{me} keeps 0 jobs from now on, 5 before\n", _output.ToString());
        Assert.False(keeping.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(0, await keeping);
    }

    [Fact]
    public async Task NothingAsked_TellsWhatRuns()
    {
        using var run = await LiveAsync("https://0.0.0.0:5090/");
        _listed = "1_0|RUNNING|n1|2:00|(null)|None\n1_1|PENDING||0:00|(null)|Resources\n1_2|COMPLETED|n1|2:00|(null)|None\n";

        Assert.Equal(0, await CallAsync());

        Assert.Equal(
            "1_1: PENDING (Resources)\n1_0: RUNNING on n1 for 2 min 0 s\n" +
            "no command keeps them: 'coordinator workers slurm --count N' does\n", _output.ToString());
    }

    [Theory]
    [InlineData("http://127.0.0.1:5090/", "which no other machine reaches: start it again with --listen 0.0.0.0:5090")]
    [InlineData(null, "its coordinator has not said where it listens; give --coordinator")]
    public async Task Coordinator_ThatNodesCannotReach_IsOneLine(string? address, string reason)
    {
        using var run = await LiveAsync(address);
        Assert.Equal(ExitCode.Failure, await CallAsync("--count", "1"));
        Assert.Contains(reason, Assert.Single(_errors.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ThatNobodyWorksOnOrThatIsNone_IsOneLine()
    {
        (await _sample.PrepareAsync()).Dispose();
        Assert.Equal(ExitCode.Failure, await CallAsync("--count", "1"));
        Assert.Contains("no coordinator works on this run; start it first", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, await CallAsync("--count", "1", "--run", _sample["nothing"]));
        Assert.Contains("no run here", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_ThatWasRevoked_IsOneLine()
    {
        using var run = await LiveAsync("https://0.0.0.0:5090/");
        File.Delete(_sample["run", "access", "join"]);
        Assert.Equal(ExitCode.Failure, await CallAsync("--count", "1"));
        Assert.Contains("no join token for workers", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sbatch=--array=0-5", "--array is set by this command")]
    [InlineData("--sbatch=--account=a -x n1", "-x is set by this command's own --exclude")]
    [InlineData("--sbatch=--partition=p", "--partition is set by this command's own --partition")]
    [InlineData("--sbatch=account", "give an option of sbatch with its dashes")]
    [InlineData("--gpus-per-node=many", "give a whole number from 0 to 64")]
    [InlineData("--gpus-per-node=0", "give --cpus-per-task too")]
    [InlineData("--partition=a b", "give one word")]
    [InlineData("--dry-run", "--dry-run: give --count too")]
    public async Task Option_ThatCannotBe_IsAUsageError(string option, string message)
    {
        Assert.Equal(ExitCode.Usage, await CallAsync(option));
        Assert.Contains(message, _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slurm_ThatIsNotInstalled_IsOneLine()
    {
        var failure = await Assert.ThrowsAsync<UserErrorException>(() => SlurmPrograms.RunAsync(
            "no-such-sbatch", [], null, TestContext.Current.CancellationToken));
        Assert.StartsWith("no-such-sbatch cannot be started (", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sight_OfARun_FollowsItsFiles()
    {
        (await _sample.PrepareAsync()).Dispose();
        Assert.Equal(RunStage.Away, RunSight.Of(_sample["run"]).Stage);
        using var run = await _sample.PrepareAsync();
        Assert.Equal(RunStage.Working, RunSight.Of(_sample["run"]).Stage);
        var summary = _sample["run", "run-summary.json"];
        foreach (var (state, stage) in ((string, RunStage)[])
            [("finished", RunStage.Over), ("publishing", RunStage.Over), ("interrupted", RunStage.Working)])
        {
            await File.WriteAllTextAsync(summary, $$"""{"state":"{{state}}"}""", TestContext.Current.CancellationToken);
            Assert.Equal(stage, RunSight.Of(_sample["run"]).Stage);
        }
    }

    /// <summary>Locked by this process, as by a coordinator that listens there.</summary>
    private async Task<PreparedRun> LiveAsync(string? address)
    {
        var run = await _sample.PrepareAsync();
        PrivateFile.Write(_sample["run", "access", "join"], Encoding.ASCII.GetBytes("fwj1_of-a-test\n"));
        if (address is not null)
            CoordinatorNotice.Of(new Uri(address), _sample["run"]).Leave(_sample["notices"]);
        return run;
    }

    private Task<int> CallAsync(params string[] arguments) => CallAsync(arguments, CancellationToken.None);

    private Task<int> CallAsync(string[] arguments, CancellationToken interrupted) => CommandLineApp.RunAsync(
        new RootCommand { WorkersCommandLine.Create(_output, SlurmCommandLine.Create(_output, _time, RunSlurm)) },
        ["workers", "slurm", "--quiet", .. arguments, .. arguments.Contains("--run") ? None : ["--run", _sample["run"]]],
        interrupted, _errors);

    private Task<(int ExitCode, string Output, string Errors)> RunSlurm(
        string program, IReadOnlyList<string> arguments, string? input, CancellationToken cancellation)
    {
        _typed.Add($"{program} {string.Join(' ', arguments)}\n{input}");
        return Task.FromResult((0, program switch
        {
            "squeue" => _listed,
            "sbatch" => "1\n",
            _ => "",
        }, ""));
    }
}
