using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Ssh;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>Workers on machines that a stand-in for ssh reaches at once, and on those of Debian's sshd.</summary>
public sealed class SshTests : IAsyncLifetime
{
    private KeptMachines _kept = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _kept = await KeptMachines.MakeAsync();

    public ValueTask DisposeAsync() => _kept.DisposeAsync();

    /// <param name="isReal">By Debian's sshd on loopback.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Workers_OnTwoMachines_GetProgramsAndTokenAndEndWithTheRun(bool isReal)
    {
        if (isReal)
            foreach (var isIPv6 in (bool[])[false, true])
                _kept.Add(await SshServer.StartAsync(isIPv6));
        else
            await _kept.AddNearAsync(2);
        var keeper = _kept.NewKeeper("none", "2");
        Assert.Null(await keeper.StepAsync(Cancellation));
        Assert.Equal("3 workers on 2 machines", _kept.Told[^1]);
        Assert.Equal((1, 2), (_kept.All[0].Workers.Count, _kept.All[1].Workers.Count));
        var token = Assert.Single(Directory.GetFiles(_kept.All[0].Home, "join", SearchOption.AllDirectories));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(token));
        Assert.Equal(KeptMachines.Token + "\n", await File.ReadAllTextAsync(token, Cancellation));

        await _kept.UntilAtWorkAsync();
        _kept.Run = new RunSight(RunStage.Over, 0);
        Assert.Equal(ExitCode.Success, await keeper.StepAsync(Cancellation));
        Assert.Empty(_kept.Workers);
        Assert.False(File.Exists(token));
        Assert.Contains("the run is over; ended 3 workers that were left", _kept.Told);
        var logs = Directory.GetFiles(_kept.Logs, "*.log", SearchOption.AllDirectories);
        Assert.Equal(
            ["0.log", "1.log", "cpu.log"], logs.Select(log => Path.GetFileName(log)).Order(StringComparer.Ordinal));
        Assert.All(logs, log =>
        {
            var text = File.ReadAllText(log);
            Assert.Contains("--coordinator https://head:5090 --join @", text, StringComparison.Ordinal);
            Assert.EndsWith("handed in\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain(KeptMachines.Token, text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Programs_ThatAMachineHas_AreNotSentAgain_AndWorkersThatThereAreAreKept()
    {
        await _kept.AddNearAsync();
        await _kept.NewKeeper("2").StepAsync(Cancellation);
        var workers = _kept.Workers;
        Assert.Single(_kept.Told, line => line.EndsWith(": has the programs", StringComparison.Ordinal));

        _kept.Told.Clear();
        await _kept.NewKeeper("2").StepAsync(Cancellation);
        Assert.Equal(workers, _kept.Workers);
        Assert.Equal("2 workers on 1 machine", Assert.Single(_kept.Told));
    }

    [Fact]
    public async Task Worker_ThatIsKilled_IsReplaced()
    {
        await _kept.AddNearAsync();
        var keeper = _kept.NewKeeper("none");
        await keeper.StepAsync(Cancellation);
        var before = Assert.Single(_kept.Workers);
        await Machine.KillAsync(before);

        await keeper.StepAsync(Cancellation);
        Assert.NotEqual(before, Assert.Single(_kept.Workers));
        Assert.Contains(
            _kept.Told, line => line.Contains("the worker on the CPU ended, exit code 137", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Workers_ThatFailAgainAndAgain_AreNotStartedForEver()
    {
        await _kept.AddNearAsync();
        var keeper = _kept.NewKeeper("none");
        await File.WriteAllTextAsync(Path.Combine(_kept.All[0].Home, "fails"), "", Cancellation);
        var failure = await Assert.ThrowsAsync<UserErrorException>(() => StepAsync(keeper, 60, eachEnds: true));
        Assert.Equal("all workers fail on all machines, and nothing gets done", failure.Message);
        Assert.Contains(
            _kept.Told,
            line => line.EndsWith("ended, exit code 1; its last line: the driver is gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Worker_ThatIsTurnedAway_IsNotStartedAgain()
    {
        await _kept.AddNearAsync();
        await File.WriteAllTextAsync(Path.Combine(_kept.All[0].Home, "unwanted"), "", Cancellation);
        await StepAsync(_kept.NewKeeper("2"), 60, eachEnds: true);
        Assert.Equal(
            2,
            _kept.Told.Count(line => line.Contains("exit code 5; its last line: turned away", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Machine_ThatIsNotReached_DoesNotHoldUpTheOthers_AndIsToldOfOnce()
    {
        await _kept.AddNearAsync(2);
        var keeper = _kept.NewKeeper("none", "none");
        await _kept.All[1].GoAsync();
        await StepAsync(keeper, 2);
        Assert.Single(_kept.All[0].Workers);
        Assert.Single(_kept.Told, line => line.Contains("it is asked again", StringComparison.Ordinal));
        Assert.Contains("1 worker on 2 machines, 1 not reached", _kept.Told);
    }

    [Fact]
    public async Task Stop_EndsThemAll()
    {
        await _kept.AddNearAsync();
        await _kept.NewKeeper("none").StepAsync(Cancellation);
        _kept.IsWanted = false;
        Assert.Equal(ExitCode.Success, await _kept.NewKeeper("none").StepAsync(Cancellation));
        Assert.Empty(_kept.Workers);
    }

    /// <summary>A minute between two.</summary>
    /// <param name="eachEnds">Workers end by themselves, which takes real time.</param>
    private async Task StepAsync(SshKeeper keeper, int steps, bool eachEnds = false)
    {
        for (var step = 0; step < steps; step++)
        {
            await keeper.StepAsync(Cancellation);
            while (eachEnds && _kept.Workers.Count > 0)
                await Task.Delay(5, Cancellation);
            _kept.Time.Advance(TimeSpan.FromMinutes(1));
        }
    }
}
