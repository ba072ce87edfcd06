using FineWebTorch.Common;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests.Inputs;

public sealed class LocalFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public LocalFilesTests()
    {
        foreach (var name in (string[])["b.parquet", "B.parquet", "a/10.parquet", "a/9.parquet", "a/readme.md",
            ".cache/x.parquet", "a/.hidden/x.md", "a/.half.parquet", "out/data/train.parquet"])
            File.WriteAllText(_folder[name.Split('/')], "content");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_Folder_TakesParquetFilesBelowInOrdinalOrder() => Assert.Equal(
        ["B.parquet", "a/10.parquet", "a/9.parquet", "b.parquet"], Names(_folder.Path));

    [Fact]
    public void Find_Pattern_IsRelativeToTheFolderBeforeIt() =>
        Assert.Equal(["10.parquet", "9.parquet"], Names(Path.Combine(_folder.Path, "a", "*.parquet")));

    [Fact]
    public void Find_File_WhateverItsName() =>
        Assert.Equal(["readme.md"], Names(Path.Combine(_folder.Path, "a", "readme.md")));

    [Fact]
    public void Find_FileWhoseNameLooksLikeAPattern_IsThatFile()
    {
        File.WriteAllText(_folder["x[1].parquet"], "content");

        Assert.Equal(["x[1].parquet"], Names(Path.Combine(_folder.Path, "x[1].parquet")));
    }

    [Fact]
    public void Find_LinkedFile_HasSizeAndTimeOfItsTarget()
    {
        var link = _folder["links", "l.parquet"];
        File.CreateSymbolicLink(link, Path.Combine(_folder.Path, "b.parquet"));

        var found = Find(Path.GetDirectoryName(link)!).Single();

        Assert.Equal((7, link), (found.Size, found.Path));
    }

    [Theory]
    [InlineData("nowhere", "no such file or folder")]
    [InlineData("a/*.csv", "no file matches")]
    [InlineData("nowhere/*.parquet", "no file matches")]
    [InlineData("out", "nothing is left but what lies where the run's shards go")]
    [InlineData("out/data/train.parquet", "nothing is left but what lies where the run's shards go")]
    [InlineData("a/.hidden", "no .parquet file")]
    public void Find_Nothing_IsOneLineThatNamesTheInput(string input, string reason)
    {
        var path = Path.Combine(_folder.Path, input);

        var refusal = Assert.Throws<UserErrorException>(() => Find(path));

        Assert.StartsWith($"--input {path}: {reason}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_OutputIsTheFolderOfTheInput_LeavesOnlyTheShardsFolderOutAndSaysSo()
    {
        File.WriteAllText(_folder["data", "train.parquet"], "content");

        Assert.Equal(
            ["B.parquet", "a/10.parquet", "a/9.parquet", "b.parquet", "out/data/train.parquet"],
            Find(_folder.Path, _folder.Path).Select(file => file.Name));
        Assert.StartsWith(
            $"--input {_folder.Path}: 1 file such as {_folder["data", "train.parquet"]} is left out",
            Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_DataOfAPersonWhereShardsWouldReplaceIt_IsRefused()
    {
        var data = _folder["data", "train-00000-of-00001.parquet"];
        File.WriteAllText(data, "content");
        var files = new LocalFiles(
            new RunSpec { Input = _folder.Path, Output = _folder.Path }, overwrite: true, _warnings.Add);

        Assert.StartsWith(
            $"--overwrite: {data} is named by --input and no run has made it",
            Assert.Throws<UserErrorException>(() => files.Find(isNew: true)).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder["manifests", "data", "train-00000-of-00001.parquet.json"], "{}");
        Assert.Equal(5, files.Find(isNew: true).Count);
    }

    [Fact]
    public void Find_OutputIsNamedThroughALink_IsTheSameFolder()
    {
        Directory.CreateSymbolicLink(_folder["links", "elsewhere"], _folder["out"]);

        Assert.Equal(
            ["B.parquet", "a/10.parquet", "a/9.parquet", "b.parquet"],
            Find(_folder.Path, _folder["links", "elsewhere"]).Select(file => file.Name));
    }

    [Fact]
    public void Find_MirroredShards_AreNotTakenForInputsWhereverTheyAre()
    {
        File.WriteAllText(_folder["out", "b.parquet"], "a shard");

        Assert.Equal(
            ["B.parquet", "a/10.parquet", "a/9.parquet", "b.parquet"],
            Find(_folder.Path, _folder["out"], ShardLayout.Mirror).Select(file => file.Name));
        Assert.Equal(
            ["10.parquet", "9.parquet"],
            Find(_folder["a"], _folder.Path, ShardLayout.Mirror).Select(file => file.Name));
    }

    private IEnumerable<string> Names(string input) => Find(input).Select(file => file.Name);

    private IReadOnlyList<InputFileInfo> Find(
        string input, string? output = null, ShardLayout layout = ShardLayout.Numbered) => new LocalFiles(
        new RunSpec { Input = input, Output = output ?? _folder["out"], Layout = layout }, overwrite: false, _warnings.Add)
        .Find(isNew: true);
}
