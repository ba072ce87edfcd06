using FineWebTorch.Coordinator.Disk;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests.Disk;

public sealed class DurableFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_OverAnExistingFile_ReplacesItAndLeavesNothingElse()
    {
        var path = Path.Combine(_folder.Path, "a", "b", "c.json");
        DurableFiles.Write(path, "before, and longer"u8);

        DurableFiles.Write(path, "after"u8);

        Assert.Equal("after", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData(ShardLayout.Numbered, "data/train-00007-of-00250.parquet")]
    [InlineData(ShardLayout.Mirror, "x/y.parquet")]
    public void ShardNames_Layout_DecidesTheName(object layout, string expected) =>
        Assert.Equal(expected, ShardNames.Create((ShardLayout)layout, "x/y.parquet", 7, 250));
}
