using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Ssh;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>Workers on machines that a stand-in for ssh reaches at once, with programs that only pretend.</summary>
public sealed class SshTests : IAsyncLifetime
{
    private const string Token = "fwj1_of-a-test";

    /// <summary>Says what it was given, works until it is told to end, or fails as it is told by a file.</summary>
    private const string Program =
        """
        #!/bin/sh
        # programs/
        echo "$(tr '\0' ' ' </proc/$$/cmdline)"
        [ -e "$FINEWEB_SSH_HOME/fails" ] && { echo "the driver is gone"; exit 1; }
        [ -e "$FINEWEB_SSH_HOME/unwanted" ] && { echo "turned away"; exit 5; }
        trap 'echo handed in; exit 0' TERM
        while :; do sleep 0.05; done

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];
    private readonly FakeTime _time = new();
    private readonly List<Machine> _machines = [];
    private ProgramPackage _package = null!;
    private RunSight _run = new(RunStage.Working, 0);
    private bool _isWanted = true;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_folder["programs", "bin", "worker"], Program.ReplaceLineEndings("\n"), Cancellation);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(
                _folder["programs", "bin", "worker"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        PrivateFile.Write(_folder["join"], Encoding.ASCII.GetBytes(Token + "\n"));
        _package = await ProgramPackage.OfAsync(_folder["programs"], Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _machines)
            await machine.DisposeAsync();
        _package.Dispose();
        File.Delete(_folder["join"]);
        _folder.Dispose();
    }

    /// <param name="isReal">By Debian's sshd on loopback.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Workers_OnTwoMachines_GetProgramsAndTokenAndEndWithTheRun(bool isReal)
    {
        var keeper = await KeeperAsync(isReal, "none", "2");
        Assert.Null(await keeper.StepAsync(Cancellation));
        Assert.Equal("3 workers on 2 machines", _told[^1]);
        Assert.Equal((1, 2), (_machines[0].Workers.Count, _machines[1].Workers.Count));
        var token = Assert.Single(Directory.GetFiles(_machines[0].Home, "join", SearchOption.AllDirectories));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(token));
        Assert.Equal(Token + "\n", await File.ReadAllTextAsync(token, Cancellation));

        _run = new RunSight(RunStage.Over, 0);
        Assert.Equal(ExitCode.Success, await keeper.StepAsync(Cancellation));
        Assert.Empty(_machines.SelectMany(machine => machine.Workers));
        Assert.False(File.Exists(token));
        Assert.Contains("the run is over; ended 3 workers that were left", _told);
        var logs = Directory.GetFiles(_folder["logs"], "*.log", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["0.log", "1.log", "cpu.log"], logs.Select(log => Path.GetFileName(log)).Order(StringComparer.Ordinal));
        Assert.All(logs, log =>
        {
            var text = File.ReadAllText(log);
            Assert.Contains("--coordinator https://head:5090 --join @", text, StringComparison.Ordinal);
            Assert.EndsWith("handed in\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Programs_ThatAMachineHas_AreNotSentAgain_AndWorkersThatThereAreAreKept()
    {
        var first = await KeeperAsync(isReal: false, "2");
        await first.StepAsync(Cancellation);
        var workers = _machines[0].Workers.Order().ToList();
        Assert.Single(_told, line => line.EndsWith(": has the programs", StringComparison.Ordinal));

        _told.Clear();
        await NewKeeper("2").StepAsync(Cancellation);
        Assert.Equal(workers, _machines[0].Workers.Order());
        Assert.Equal("2 workers on 1 machine", Assert.Single(_told));
    }

    [Fact]
    public async Task Worker_ThatIsKilled_IsReplaced()
    {
        var keeper = await KeeperAsync(isReal: false, "none");
        await keeper.StepAsync(Cancellation);
        var before = Assert.Single(_machines[0].Workers);
        await Machine.KillAsync(before);

        await keeper.StepAsync(Cancellation);
        Assert.NotEqual(before, Assert.Single(_machines[0].Workers));
        Assert.Contains(_told, line => line.Contains("the worker on the CPU ended, exit code 137", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Workers_ThatFailAgainAndAgain_AreNotStartedForEver()
    {
        var keeper = await KeeperAsync(isReal: false, "none");
        await File.WriteAllTextAsync(Path.Combine(_machines[0].Home, "fails"), "", Cancellation);
        var failure = await Assert.ThrowsAsync<UserErrorException>(async () =>
        {
            for (var step = 0; step < 60; step++)
            {
                await keeper.StepAsync(Cancellation);
                _time.Advance(TimeSpan.FromMinutes(1));
            }
        });
        Assert.Equal("all workers fail on all machines, and nothing gets done", failure.Message);
        Assert.Contains(
            _told, line => line.EndsWith("ended, exit code 1; its last line: the driver is gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Worker_ThatIsTurnedAway_IsNotStartedAgain()
    {
        var keeper = await KeeperAsync(isReal: false, "2");
        await File.WriteAllTextAsync(Path.Combine(_machines[0].Home, "unwanted"), "", Cancellation);
        for (var step = 0; step < 4; step++)
        {
            await keeper.StepAsync(Cancellation);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(2, _told.Count(line => line.Contains("exit code 5; its last line: turned away", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Machine_ThatIsNotReached_DoesNotHoldUpTheOthers_AndIsToldOfOnce()
    {
        var keeper = await KeeperAsync(isReal: false, "none", "none");
        await _machines[1].GoAsync();
        for (var step = 0; step < 2; step++)
            await keeper.StepAsync(Cancellation);
        Assert.Single(_machines[0].Workers);
        Assert.Single(_told, line => line.Contains("it is asked again", StringComparison.Ordinal));
        Assert.Contains("1 worker on 2 machines, 1 not reached", _told);
    }

    [Fact]
    public async Task Machine_WithoutAGpu_SaysSo()
    {
        Assert.SkipWhen(Directory.EnumerateFiles("/dev", "nvidia0").Any(), "there is a GPU here");
        var keeper = await KeeperAsync(isReal: false, "all");
        var failure = await Assert.ThrowsAsync<UserErrorException>(() => keeper.StepAsync(Cancellation));
        Assert.Equal(
            "no machine does as it is told; the last one: it has no GPU (no /dev/nvidia0); write gpus=none behind its name for " +
            "a worker on its CPU", failure.Message);
    }

    [Fact]
    public async Task Stop_EndsThemAll()
    {
        var keeper = await KeeperAsync(isReal: false, "none");
        await keeper.StepAsync(Cancellation);
        _isWanted = false;
        Assert.Equal(ExitCode.Success, await NewKeeper("none").StepAsync(Cancellation));
        Assert.Empty(_machines[0].Workers);
    }

    /// <param name="isReal">By Debian's sshd.</param>
    /// <param name="gpus">Of each machine, as the file of machines has it.</param>
    private async Task<SshKeeper> KeeperAsync(bool isReal, params string[] gpus)
    {
        foreach (var _ in gpus)
            _machines.Add(isReal ? await SshServer.StartAsync() : await NearMachine.StartAsync());
        foreach (var machine in _machines)
            Directory.CreateDirectory(machine.Home);
        return NewKeeper(gpus);
    }

    private SshKeeper NewKeeper(params string[] gpus)
    {
        var words = new SshWords(line =>
        {
            lock (_told)
                _told.Add(line);
        });
        var options = new KeeperOptions(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(30)) { Time = _time, Random = () => 1 };
        return new SshKeeper(
            [.. _machines.Select((machine, i) => new SshMachine(
                new SshRemote(SshHost.Parse($"{machine.Line} gpus={gpus[i]}")!, machine.Options, machine.Client), "edu-run",
                new RunEntrance("https://head:5090", _folder["join"]), _package, words, options))],
            () => _run, () => _isWanted, _folder["logs"], words, options);
    }
}
