using FineWebTorch.Worker.Inputs;

namespace FineWebTorch.Worker.Tests.Inputs;

public sealed class CacheFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("worker-cache-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Folders_OfDeadProcessesOnThisMachine_AreRemoved()
    {
        var dead = Make($"{Environment.MachineName}-2147483646");
        var alive = Make($"{Environment.MachineName}-1");
        var elsewhere = Make("another.machine-2147483646");

        var cache = new CacheFolder(_root);

        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(alive));
        Assert.True(Directory.Exists(elsewhere));
        Assert.StartsWith(Path.Combine(_root, "temporary"), cache.Inputs, StringComparison.Ordinal);
        Assert.NotEqual(cache.Inputs, cache.Shards);
    }

    private string Make(string name)
    {
        var inputs = Path.Combine(_root, "temporary", name, "inputs");
        Directory.CreateDirectory(inputs);
        File.WriteAllText(Path.Combine(inputs, "0-file.parquet"), "copy");
        return Path.Combine(_root, "temporary", name);
    }
}
