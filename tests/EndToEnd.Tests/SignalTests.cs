namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Orderly ends: a spot notice to a worker, Ctrl-C to the coordinator.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly RunFolder _folder = new(copies: 3);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("USR1")]
    [InlineData("USR2")]
    public async Task Worker_ToldToEnd_GivesItsLeaseBackAndExitsZero(string signal)
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("signal"));
        var arguments = await coordinator.WorkerArgumentsAsync();
        await using var worker = ProgramProcess.Start("worker", arguments);
        await worker.LineWithAsync("scoring ");
        worker.Signal(signal);
        Assert.Equal(0, await worker.ExitAsync());
        // Given back, not timed out: the next one gets the work at once.
        Assert.DoesNotContain("is lost", coordinator.Output + coordinator.Errors, StringComparison.Ordinal);

        await using var next = ProgramProcess.Start("worker", arguments);
        Assert.Equal(0, await coordinator.ExitAsync());
        Assert.Equal(0, await next.ExitAsync());
        Assert.Equal(12, _folder.Shards("signal").Count);
    }

    /// <summary>A program that has done its work and is about to be gone is not ended by a notice.</summary>
    [Theory]
    [InlineData("worker")]
    [InlineData("coordinator")]
    public async Task Program_NoticedWhileItEnds_ExitsAsItWouldHave(string program)
    {
        // As soon as it has said its last line, until it is gone.
        const string Notices = "{ \"$@\" & echo $!; wait $!; echo \"exit code $?\"; } | " +
            "{ read -r id; read -r line; while kill -USR1 $id 2>/dev/null; do :; done; cat; }";
        await using var ending = ProgramProcess.StartPeer(
            Executables.Require("sh"), "-c", Notices, "sh", "dotnet", ProgramProcess.PathOf(program), "--version");
        Assert.Equal(0, await ending.ExitAsync());
        Assert.Equal("exit code 0", ending.Output.Trim());
    }

    /// <summary>Who starts another for each that fails is told that this one was not done, and that the next one was.</summary>
    [Fact]
    public async Task Worker_ToldToEnd_ExitsWithTheCodeThatWasAskedFor()
    {
        await using var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("code"));
        string[] arguments = [.. await coordinator.WorkerArgumentsAsync(), "--signal-exit-code", "143"];
        await using var worker = ProgramProcess.Start("worker", arguments);
        await worker.LineWithAsync("scoring ");
        worker.Signal("TERM");
        Assert.Equal(143, await worker.ExitAsync());

        await using var next = ProgramProcess.Start("worker", arguments);
        Assert.Equal(0, await coordinator.ExitAsync());
        Assert.Equal(0, await next.ExitAsync());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("USR1")]
    public async Task Coordinator_Interrupted_DrainsAndSaysHowToResume(string signal)
    {
        await using (var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("interrupted")))
        {
            await using var worker = ProgramProcess.Start("worker", [.. await coordinator.WorkerArgumentsAsync(), "--no-wait"]);
            await worker.LineWithAsync("scoring ");
            coordinator.Signal(signal);
            Assert.Equal(130, await coordinator.ExitAsync());
            Assert.True(await worker.ExitAsync() == 4, worker.Errors);
            Assert.Contains("the run was interrupted at the coordinator", worker.Errors, StringComparison.Ordinal);
            Assert.Contains(
                $"--run {_folder.Run("interrupted")}", coordinator.Output + coordinator.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(
            0,
            (await ProgramProcess.RunAsync(
                "coordinator", _folder.Arguments("interrupted", "--local-workers", "1"))).ExitCode);
        Assert.Equal(12, _folder.Shards("interrupted").Count);
    }

    [Fact]
    public async Task Coordinator_InterruptedAndStartedAgain_FindsItsWorkersWaiting()
    {
        await using var first = ProgramProcess.Start("coordinator", _folder.Arguments("back"));
        var arguments = await first.WorkerArgumentsAsync();
        await using var worker = ProgramProcess.Start("worker", arguments);
        await worker.LineWithAsync("scoring ");
        first.Signal("INT");
        Assert.Equal(130, await first.ExitAsync());
        await worker.LineWithAsync("the run was interrupted at the coordinator; waiting up to");

        await using var second = ProgramProcess.Start(
            "coordinator", _folder.Arguments("back", "--listen", new Uri(arguments[^1]).Authority));
        Assert.Equal(0, await second.ExitAsync());
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Equal(12, _folder.Shards("back").Count);
    }

    [Fact]
    public async Task Worker_StartedBeforeItsCoordinator_WaitsForIt()
    {
        await using var first = ProgramProcess.Start("coordinator", _folder.Arguments("early"));
        var arguments = await first.WorkerArgumentsAsync();
        first.Signal("KILL");
        await first.ExitAsync();

        await using var worker = ProgramProcess.Start("worker", arguments);
        await worker.LineWithAsync("no coordinator at");
        await using var second = ProgramProcess.Start(
            "coordinator", _folder.Arguments("early", "--listen", new Uri(arguments[^1]).Authority));
        Assert.Equal(0, await second.ExitAsync());
        Assert.Equal(0, await worker.ExitAsync());
    }
}
