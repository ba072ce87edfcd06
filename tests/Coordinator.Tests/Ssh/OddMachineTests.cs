using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Ssh;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>Machines that are set up otherwise than most, or come back otherwise than they went.</summary>
public sealed class OddMachineTests : IAsyncLifetime
{
    private KeptMachines _kept = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _kept = await KeptMachines.MakeAsync();

    public ValueTask DisposeAsync() => _kept.DisposeAsync();

    /// <summary>Programs name themselves without links; the worker must be found by that name.</summary>
    [Fact]
    public async Task Home_BehindALink_HasOneWorkerAndNotOneMoreEachTime()
    {
        var machine = _kept.Add(await NearMachine.StartAsync());
        Directory.Move(machine.Home, machine.Home + "-2");
        Directory.CreateSymbolicLink(machine.Home, machine.Home + "-2");
        var keeper = _kept.NewKeeper("none");
        await keeper.StepAsync(Cancellation);
        var worker = Assert.Single(_kept.Workers);

        _kept.Time.Advance(TimeSpan.FromMinutes(1));
        await keeper.StepAsync(Cancellation);
        Assert.Equal(worker, Assert.Single(_kept.Workers));
        Assert.DoesNotContain(_kept.Told, line => line.Contains("ended", StringComparison.Ordinal));
        await EndAsync(keeper);
    }

    [Fact]
    public async Task Machine_ThatComesBackEmpty_GetsProgramsAndWorkersAgain()
    {
        var machine = _kept.Add(await NearMachine.StartAsync());
        var keeper = _kept.NewKeeper("none");
        await keeper.StepAsync(Cancellation);
        await Machine.LoseAsync(Assert.Single(_kept.Workers));
        Directory.Delete(machine.Home, recursive: true);

        await keeper.StepAsync(Cancellation);
        Assert.Single(_kept.Workers);
        Assert.Equal(2, _kept.Told.Count(line => line.EndsWith(": has the programs", StringComparison.Ordinal)));
    }

    /// <param name="isLate">What it ended with is written when it is looked for; else who would write it is gone.</param>
    [Theory]
    [InlineData(true, 5)]
    [InlineData(false, 137)]
    public async Task Worker_ThatHasJustEnded_IsToldWithItsExitCode(bool isLate, int exitCode)
    {
        var machine = _kept.Add(await NearMachine.StartAsync());
        var keeper = _kept.NewKeeper("none");
        await keeper.StepAsync(Cancellation);
        await Machine.LoseAsync(Assert.Single(_kept.Workers));
        await machine.PutAsync(
            "sleep", isLate ? "echo 5 >\"$FINEWEB_SSH_HOME/runs/edu-run/cpu.exit\"" : "exec /bin/sleep \"$1\"");

        await keeper.StepAsync(Cancellation);
        Assert.Contains(_kept.Told, line => line.Contains($"ended, exit code {exitCode};", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Login_ThatGreets_IsNotTakenForAnAnswer()
    {
        _kept.Add(await NearMachine.StartAsync("echo 'Welcome to the cluster'; exec sh -c"));
        var keeper = _kept.NewKeeper("none");
        await keeper.StepAsync(Cancellation);
        await _kept.NewKeeper("none").StepAsync(Cancellation);
        Assert.Single(_kept.Told, line => line.EndsWith(": has the programs", StringComparison.Ordinal));
        await EndAsync(keeper);
        Assert.EndsWith("handed in\n", await File.ReadAllTextAsync(
            Assert.Single(Directory.GetFiles(_kept.Logs, "cpu.log", SearchOption.AllDirectories)), Cancellation),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_ThatRunsNothing_SaysSo() => await DemandAsync(
        await NearMachine.StartAsync("echo 'This account is not available.' #"), "none",
        "its login runs no command: sh -c 'echo yes' is to say yes there");

    [Fact]
    public async Task Disk_WithoutRoomForThePrograms_IsFoundBeforeTheyAreSent()
    {
        var machine = await NearMachine.StartAsync();
        await machine.PutAsync(
            "df", "echo Filesystem 1024-blocks Used Available Capacity Mounted on; echo '/dev/a b 99 99 0 100% /home'");
        await machine.PutAsync("tar", "echo tar >>\"$FINEWEB_SSH_HOME/../tar\"");
        await DemandAsync(machine, "none", $"{machine.Home} has room for 0 MiB, the programs need 1 MiB");
        Assert.Empty(machine.Record("tar"));
    }

    [Fact]
    public async Task Disk_ThatFillsMeanwhile_IsNamedAsTarDoes()
    {
        var machine = await NearMachine.StartAsync();
        await machine.PutAsync(
            "tar",
            "printf '%s\\n' 'tar: app/x: Cannot write: No space left on device' 'tar: Exiting with failure' >&2; exit 2");
        await DemandAsync(machine, "none", "tar: app/x: Cannot write: No space left on device");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(machine.Home, "programs")));
    }

    [Fact]
    public async Task Machine_WithoutAGpu_SaysSo()
    {
        Assert.SkipWhen(Directory.EnumerateFiles("/dev", "nvidia0").Any(), "there is a GPU here");
        await DemandAsync(
            await NearMachine.StartAsync(), "all",
            "it has no GPU (no /dev/nvidia0); write gpus=none behind its name for a worker on its CPU");
    }

    /// <summary>A container of which only some are.</summary>
    [Fact]
    public async Task Gpus_AreCountedFromZeroWhateverTheirFilesAreCalled()
    {
        var machine = _kept.Add(await NearMachine.StartAsync());
        await machine.PutAsync("ls", "printf '%s\\n' null nvidia-uvm nvidia3 nvidia10 nvidiactl tty");
        var keeper = _kept.NewKeeper("all");
        await keeper.StepAsync(Cancellation);
        Assert.Equal("2 workers on 1 machine", _kept.Told[^1]);
        Assert.Equal(
            ["0.pid", "1.pid"],
            Directory.GetFiles(machine.Home, "*.pid", SearchOption.AllDirectories)
                .Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Logs_ThatComeAsNoArchive_AreLeftOutWithAWord()
    {
        var machine = _kept.Add(await NearMachine.StartAsync());
        var keeper = _kept.NewKeeper("none");
        await keeper.StepAsync(Cancellation);
        await machine.PutAsync("tar", "head -c 2000 /dev/zero | tr '\\0' x");
        await EndAsync(keeper);
        Assert.Contains(_kept.Told, line => line.Contains("came as no archive", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Gate_ThatIsNotKnown_IsTheReason() => await DemandAsync(
        await NearMachine.StartAsync(
            "printf '%s\\n' 'Host key verification failed.' " +
            "'kex_exchange_identification: Connection closed by remote host' " +
            "'Connection closed by UNKNOWN port 65535' >&2; exit 255 #"),
        "none", "Host key verification failed.");

    /// <summary>Who would type: it goes on for days.</summary>
    [Fact]
    public async Task Person_IsNotAskedForAnything()
    {
        var machine = _kept.Add(await NearMachine.StartAsync(
            "echo \"$SSH_ASKPASS_REQUIRE $SSH_ASKPASS\" >\"$FINEWEB_SSH_HOME/../asking\"; exec sh -c"));
        await _kept.NewKeeper("none").StepAsync(Cancellation);
        Assert.Equal("force false", Assert.Single(machine.Record("asking")));
    }

    /// <summary>A connection that ours had begun, and that a person's own go through, would end with ours.</summary>
    [Fact]
    public async Task Connections_AreNotLeftForOthers_WhateverTheConfigurationSays()
    {
        var machine = _kept.Add(await SshServer.StartAsync());
        await machine.ConfigureClientAsync("ControlMaster auto\nControlPersist 60\n");
        await _kept.NewKeeper("none").StepAsync(Cancellation);
        Assert.Single(_kept.Workers);
        Assert.Empty(machine.Sockets);
    }

    /// <summary>The machine is refused for a reason, which is said.</summary>
    private async Task DemandAsync(NearMachine machine, string gpus, string reason)
    {
        _kept.Add(machine);
        var failure = await Assert.ThrowsAsync<UserErrorException>(() => _kept.NewKeeper(gpus).StepAsync(Cancellation));
        Assert.Equal($"no machine does as it is told; the last one: {reason}", failure.Message);
        Assert.Empty(_kept.Workers);
    }

    private async Task EndAsync(SshKeeper keeper)
    {
        await _kept.UntilAtWorkAsync();
        _kept.Run = new RunSight(RunStage.Over, 0);
        Assert.Equal(ExitCode.Success, await keeper.StepAsync(Cancellation));
        Assert.Empty(_kept.Workers);
    }
}
