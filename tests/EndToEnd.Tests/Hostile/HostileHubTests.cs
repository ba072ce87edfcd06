namespace FineWebTorch.EndToEnd.Tests.Hostile;

/// <summary>A Hub that lists files whose names lead out of every folder.</summary>
public sealed class HostileHubTests(HubFolder hub) : IClassFixture<HubFolder>
{
    [Theory]
    [InlineData("absolute", "/escape.parquet", "the Hub lists a file '' of 0 bytes")]
    [InlineData("backslashes", "data/x\\..\\escape.parquet", "cannot be the name of a shard: it has a '\\'")]
    [InlineData("line", "data/a\nb.parquet", "cannot be the name of a shard: it has a control character")]
    public async Task Run_NameThatLeadsElsewhere_EndsWithOneLine(string name, string path, string said)
    {
        var (exit, errors) = await RunAsync(name, path);

        Assert.Equal(1, exit);
        // These programs run with --verbose, which shows the exception as well.
        Assert.Single(errors.Split('\n'), line => line.StartsWith("coordinator: ", StringComparison.Ordinal) &&
            line.Contains(said, StringComparison.Ordinal));
    }

    /// <summary>What begins with a dot is hidden from patterns.</summary>
    [Theory]
    [InlineData("dots", "../escape.parquet")]
    [InlineData("deep-dots", "data/../../escape.parquet")]
    public async Task Run_NameOfDots_IsLeftOut(string name, string path)
    {
        var (exit, errors) = await RunAsync(name, path);

        Assert.True(exit == 0, errors);
        Assert.Equal(["data/good.parquet"], hub.Published($"from-{name}").Keys);
    }

    private async Task<(int Exit, string Errors)> RunAsync(string name, string path)
    {
        var sample = Path.Combine(TestData.RepositoryRoot, "data", "sample", "000_00000.parquet");
        var content = await File.ReadAllBytesAsync(sample, TestContext.Current.CancellationToken);
        hub.Put($"alice/{name}", ("data/good.parquet", content), (path, content));
        await using var coordinator = hub.Coordinate(
            $"from-{name}", input: $"alice/{name}", options: ["--layout", "mirror", "--local-workers", "1"]);
        var exit = await coordinator.ExitAsync();
        Assert.Empty(Directory.GetFiles(hub.In(""), "*escape*", SearchOption.AllDirectories));
        return (exit, coordinator.Errors);
    }
}
