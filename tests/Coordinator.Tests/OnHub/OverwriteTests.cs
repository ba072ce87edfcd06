using FineWebTorch.HubEmulator;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary><c>--overwrite</c> where an earlier run's shards have the very names of this one's.</summary>
public sealed class OverwriteTests
{
    private const string First = "data/train-00000-of-00004.parquet";
    private static readonly byte[] Old = [1, 2, 3];

    [Theory]
    [InlineData(null)]
    [InlineData(500)]
    [InlineData(409)]
    public async Task Publish_OverShardsOfTheSameNames_PutsThisRunsBytesThere(int? firstAnswer)
    {
        await using var hub = await HubRun.StartAsync();
        hub.Put("alice/edu", (First, Old), ($"manifests/{First}.json", Old));
        var arguments = hub.Publishing.With("--overwrite", "true");
        await ScoredRun.CompleteAsync(hub, arguments);
        if (firstAnswer is { } status)
            hub.Server.Faults.Add(new Fault { Kind = RequestKind.Commit, Status = status });

        var outcome = await ScoredRun.PublishAsync(hub, arguments);

        Assert.Null(outcome.Withheld);
        Assert.Equal(2, hub.Commits().Count);
        Assert.Equal(await ShardsAsync(hub, arguments), Published(hub));
        Assert.Contains(
            hub.Commits()[0].Files[First].Sha256!,
            hub.Repository("alice/edu").ReadText(hub.Commits()[0], $"manifests/{First}.json"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_AnotherRunUnderTheSameNames_ReplacesEveryShard()
    {
        await using var hub = await HubRun.StartAsync();
        await ScoredRun.CompleteAsync(hub, hub.Publishing);
        await ScoredRun.PublishAsync(hub, hub.Publishing);
        var before = Published(hub);
        var second = hub.Publishing.With("--run", hub.Sample["second"], "--keep", "all", "--overwrite", "true");

        await ScoredRun.CompleteAsync(hub, second);
        await ScoredRun.PublishAsync(hub, second);

        var after = Published(hub);
        Assert.Equal(before.Select(shard => shard.Name), after.Select(shard => shard.Name));
        Assert.Empty(before.Intersect(after));
        Assert.Equal(await ShardsAsync(hub, second), after);
    }

    private static List<(string Name, string? Sha256)> Published(HubRun hub) =>
        [.. hub.Commits()[0].Files.Where(file => file.Key.EndsWith(".parquet", StringComparison.Ordinal))
            .Select(file => (file.Key, file.Value.Sha256))];

    /// <summary>As the run's ledger has them.</summary>
    private static async Task<List<(string Name, string? Sha256)>> ShardsAsync(HubRun hub, CommandLine arguments)
    {
        using var run = await hub.Sample.PrepareAsync(arguments);
        return [.. run.Core.ReadFinished(run.Ledger)
            .Select(file => (file.Shard!.Name, (string?)file.Shard.Sha256))];
    }
}
