namespace FineWebTorch.EndToEnd.Tests;

/// <summary>Whole runs of both programs, as a user starts them.</summary>
public sealed class RunTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_SampleWithLocalWorker_WritesTheReferenceScores()
    {
        var (exit, _, errors) = await ProgramProcess.RunAsync(
            "coordinator", _folder.Arguments("local", "--local-workers", "1", "--keep", "all", "--layout", "mirror"));
        Assert.True(exit == 0, errors);

        foreach (var file in SampleScores.Files)
        {
            var shard = Directory.GetFiles(_folder.Output("local"), $"*{file}", SearchOption.AllDirectories).Single();
            SampleScores.AssertEqual(file, shard);
        }
    }

    [Fact]
    public async Task Run_TwoWorkersAtOnce_GivesTheBytesOfOne()
    {
        string[] one = _folder.Arguments("one", "--local-workers", "1");
        string[] two = _folder.Arguments("two");
        Assert.Equal(0, (await ProgramProcess.RunAsync("coordinator", one)).ExitCode);

        await using var coordinator = ProgramProcess.Start("coordinator", two);
        // As many threads as the local worker had: they may decide the last bits.
        var arguments = await coordinator.WorkerArgumentsAsync(threads: Environment.ProcessorCount);
        await using var first = ProgramProcess.StartWorker(_folder.Braked(250), arguments);
        await using var second = ProgramProcess.StartWorker(_folder.Braked(250), arguments);
        await first.LineWithAsync("scoring ");
        await second.LineWithAsync("scoring ");
        _folder.ReleaseBrake();
        Assert.Equal(0, await coordinator.ExitAsync());
        Assert.Equal(0, await first.ExitAsync());
        Assert.Equal(0, await second.ExitAsync());
        Assert.Equal(_folder.Shards("one"), _folder.Shards("two"));
    }

    [Fact]
    public async Task Run_DamagedFileAmongGoodOnes_FailsAloneAndIsNamed()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Input, "broken.parquet"), "<html>rate limited</html>", CancellationToken.None);
        var (exit, output, errors) = await ProgramProcess.RunAsync(
            "coordinator", _folder.Arguments("damaged", "--local-workers", "1"));
        Assert.Equal(3, exit);
        Assert.Contains("broken.parquet", output + errors, StringComparison.Ordinal);
        Assert.Equal(4, _folder.Shards("damaged").Count);
    }

    [Fact]
    public async Task Run_FinishedShardsDamagedOrDeleted_AreMadeAnewFromTheScores()
    {
        var run = _folder.Arguments("again", "--local-workers", "1");
        Assert.Equal(0, (await ProgramProcess.RunAsync("coordinator", run)).ExitCode);
        var before = _folder.Shards("again");
        var shards = before.Keys.Select(name => Path.Combine(_folder.Output("again"), "data", name)).ToList();
        File.Delete(shards[0]);
        await File.AppendAllTextAsync(shards[1], "damage", TestContext.Current.CancellationToken);

        var (exit, _, errors) = await ProgramProcess.RunAsync("coordinator", run);

        Assert.True(exit == 0, errors);
        Assert.Equal(before, _folder.Shards("again"));
        Assert.Contains($"{shards[0]}: the shard is not there; it is built again", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("tokens/s over", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ListensOnAllAddresses_IsReachedByItsLocalWorkers()
    {
        var (exit, output, errors) = await ProgramProcess.RunAsync("coordinator", _folder.Arguments(
            "open", "--local-workers", "1", "--listen", "0.0.0.0:0", "--insecure", "--settle", "100ms"));
        Assert.True(exit == 0, output + errors);
    }

    [Fact]
    public async Task Verify_FinishedRun_FindsScoresAgain()
    {
        Assert.Equal(
            0,
            (await ProgramProcess.RunAsync("coordinator", _folder.Arguments("good", "--local-workers", "1"))).ExitCode);
        var (exit, output, errors) = await ProgramProcess.RunAsync(
            "coordinator", "verify", "--run", _folder.Run("good"), "--sample", "20");
        Assert.True(exit == 0, output + errors);
    }

    [Fact]
    public async Task Run_SameCommandWithOtherOptions_IsRefusedNamingTheDifference()
    {
        Assert.Equal(
            0,
            (await ProgramProcess.RunAsync("coordinator", _folder.Arguments("same", "--local-workers", "1"))).ExitCode);
        var (exit, _, errors) = await ProgramProcess.RunAsync(
            "coordinator", _folder.Arguments("same", "--local-workers", "1", "--keep", "raw3"));
        Assert.Equal(1, exit);
        Assert.Contains("keep", errors, StringComparison.Ordinal);
        Assert.Contains("int3", errors.Replace("int>=3", "int3", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
