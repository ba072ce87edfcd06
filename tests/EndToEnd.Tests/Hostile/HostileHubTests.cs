namespace FineWebTorch.EndToEnd.Tests.Hostile;

/// <summary>A Hub that lists files whose names lead out of every folder.</summary>
public sealed class HostileHubTests(HubFolder hub) : IClassFixture<HubFolder>
{
    [Theory]
    [InlineData("dots", "../escape.parquet")]
    [InlineData("deep-dots", "data/../../escape.parquet")]
    [InlineData("absolute", "/escape.parquet")]
    [InlineData("backslashes", "data/..\\escape.parquet")]
    [InlineData("line", "data/a\nb.parquet")]
    public async Task Run_NameThatLeadsElsewhere_EndsWithOneLine(string name, string path)
    {
        var sample = Path.Combine(TestData.RepositoryRoot, "data", "sample", "000_00000.parquet");
        var content = await File.ReadAllBytesAsync(sample, TestContext.Current.CancellationToken);
        hub.Put($"alice/{name}", ("data/good.parquet", content), (path, content));

        await using var coordinator = hub.Coordinate(
            $"from-{name}", input: $"alice/{name}", options: ["--layout", "mirror", "--local-workers", "1"]);

        Assert.Equal(1, await coordinator.ExitAsync());
        Assert.Single(
            coordinator.Errors.Split('\n'), line => line.Contains("cannot be the name of a file here", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(hub.In(""), "escape.parquet", SearchOption.AllDirectories));
    }
}
