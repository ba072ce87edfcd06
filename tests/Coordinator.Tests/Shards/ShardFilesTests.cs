using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Shards;

namespace FineWebTorch.Coordinator.Tests.Shards;

/// <summary>Which shards are as the ledger says, with all the time that it takes and without.</summary>
public sealed class ShardFilesTests : IDisposable
{
    private static readonly DateTimeOffset Built = DateTimeOffset.UnixEpoch.AddYears(50);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("whole", 0, false, "")]
    [InlineData("whole", 60, true, "")]
    // Whoever damages a file later than it was handed over is found out at once, and nobody else but by reading.
    [InlineData("WHOLE", 60, true, "sha256")]
    [InlineData("WHOLE", -60, true, "")]
    [InlineData("WHOLE", -60, false, "sha256")]
    [InlineData("whol", -60, true, "4 bytes instead of 5")]
    [InlineData("", -60, true, "0 bytes instead of 5")]
    [InlineData(null, 0, true, "not there")]
    public async Task Faults_OfAShard_AreFound(string? content, int written, bool trustsTimes, string fault)
    {
        var path = _folder["a.parquet"];
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content);
            File.SetLastWriteTimeUtc(path, Built.UtcDateTime.AddSeconds(written));
        }

        var shard = new ShardRecord(3, "a.parquet", 1, 5, Sha256.Of("whole"), 1, 1, 0, [], Done: true) { Built = Built };
        var faults = await ShardFiles.FaultsAsync([shard], name => _folder[name], trustsTimes, CancellationToken.None);

        if (fault.Length == 0)
            Assert.Empty(faults);
        else
            Assert.Contains(fault, Assert.Single(faults).Value, StringComparison.Ordinal);
    }
}
