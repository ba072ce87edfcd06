using FineWebTorch.Common;
using FineWebTorch.Worker.Storage;
using FineWebTorch.Worker.Tests.Fakes;

namespace FineWebTorch.Worker.Tests.Storage;

public sealed class CacheFolderTests : IDisposable
{
    private const string Digest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    private const int Dead = 2147483646;
    private readonly string _root = Directory.CreateTempSubdirectory("worker-cache-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Folders_OfDeadProcessesOnThisMachine_AreRemoved()
    {
        var dead = Make($"{Environment.MachineName}-{Dead}-01234567");
        // As in a container, where the number comes back.
        var namesake = Make($"{Environment.MachineName}-{Environment.ProcessId}-01234567");
        var alive = Make($"{Environment.MachineName}-1-01234567");
        var elsewhere = Make($"another.machine-{Dead}-01234567");

        using var cache = new CacheFolder(_root, TimeProvider.System);

        Assert.Equal(
            (false, false, true, true),
            (Directory.Exists(dead), Directory.Exists(namesake), Directory.Exists(alive), Directory.Exists(elsewhere)));
        Assert.False(File.Exists(dead + ".lock"));
        Assert.StartsWith(Path.Combine(_root, "temporary"), cache.Inputs, StringComparison.Ordinal);
        Assert.NotEqual(cache.Inputs, cache.Shards);
    }

    [Fact]
    public void Open_WhereNothingCanBeWritten_NamesTheOption()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "where the home folder would be");

        var error = Assert.Throws<UserErrorException>(
            () => CacheFolder.Open(Path.Combine(file, "cache"), TimeProvider.System));

        Assert.StartsWith($"{Path.Combine(file, "cache")}: the cache cannot", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("name another folder with --cache DIR", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_WhoseLockIsHeld_IsNotTouched()
    {
        using var other = new CacheFolder(_root, TimeProvider.System);
        var file = Path.Combine(Directory.CreateDirectory(other.Inputs).FullName, $"0-{Digest}.parquet.incomplete");
        File.WriteAllText(file, "begin");

        using var cache = new CacheFolder(_root, TimeProvider.System);
        cache.Orphans.Adopt(Digest, Path.Combine(cache.Inputs, "taken"));

        Assert.True(File.Exists(file));
        Assert.False(File.Exists(Path.Combine(cache.Inputs, "taken")));
    }

    [Fact]
    public void Dispose_LeavesNothingOfThisProcess()
    {
        using (var cache = new CacheFolder(_root, TimeProvider.System))
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(cache.Inputs).FullName, "0-a.parquet"), "copy");

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_root, "temporary")));
    }

    [Fact]
    public void Download_OfADeadProcess_IsContinuedByOneOther()
    {
        var dead = Make($"{Environment.MachineName}-{Dead}-01234567");
        File.WriteAllText(Path.Combine(dead, "inputs", $"0-{Digest}.parquet.incomplete"), "begin");
        File.WriteAllText(Path.Combine(dead, "inputs", $"7-{Digest}.parquet.incomplete"), "beginning");
        File.WriteAllText(Path.Combine(dead, "inputs", "1-no-digest.parquet.incomplete"), "begin");
        using var cache = new CacheFolder(_root, TimeProvider.System);
        string[] paths = [.. Enumerable.Range(0, 3).Select(index => Path.Combine(cache.Inputs, $"{index}"))];

        foreach (var path in paths)
            cache.Orphans.Adopt(Digest, path);

        Assert.Equal("beginning", File.ReadAllText(paths[0]));
        Assert.Equal("begin", File.ReadAllText(paths[1]));
        Assert.False(File.Exists(paths[2]));
    }

    [Theory]
    [InlineData(23, true)]
    [InlineData(25, false)]
    public void Download_NobodyContinues_IsRemovedAfterADay(int hours, bool kept)
    {
        var dead = Make($"{Environment.MachineName}-{Dead}-01234567");
        var file = Path.Combine(dead, "inputs", $"0-{Digest}.parquet.incomplete");
        var time = new ManualTime();
        File.WriteAllText(file, "begin");
        File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
        using (new CacheFolder(_root, time))
        {
        }

        time.Advance(TimeSpan.FromHours(hours));
        using var cache = new CacheFolder(_root, time);
        cache.Orphans.Adopt(Digest, Path.Combine(cache.Inputs, "taken"));

        Assert.Equal(kept, File.Exists(Path.Combine(cache.Inputs, "taken")));
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("")]
    public void Digest_ThatIsNone_NamesNoFile(string digest) =>
        Assert.Equal("3.parquet", OrphanedDownloads.NameOf(3, "data/a.parquet", digest));

    [Theory]
    [InlineData("a.parquet", ".parquet")]
    [InlineData("a.jsonl.zst", ".zst")]
    [InlineData("../../../etc/passwd", "")]
    [InlineData("a.x/../y", "")]
    [InlineData("a.\u0000", "")]
    [InlineData("a.par\nquet", "")]
    [InlineData(@"a.b\..\c", "")]
    [InlineData("a.b:stream", "")]
    public void Name_OfTheCoordinator_GivesNoMoreThanAnEnding(string name, string ending)
    {
        Assert.Equal($"3{ending}", OrphanedDownloads.NameOf(3, name, ""));
        Assert.Equal($"3-{Digest}{ending}", OrphanedDownloads.NameOf(3, name, Digest));
    }

    private string Make(string name)
    {
        var folder = Path.Combine(_root, "temporary", name);
        Directory.CreateDirectory(Path.Combine(folder, "inputs"));
        File.WriteAllText(Path.Combine(folder, "inputs", "0-file.parquet"), "copy");
        File.WriteAllText(folder + ".lock", "");
        return folder;
    }
}
