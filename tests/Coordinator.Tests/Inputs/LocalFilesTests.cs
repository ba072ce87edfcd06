using FineWebTorch.Common;
using FineWebTorch.Coordinator.Inputs;

namespace FineWebTorch.Coordinator.Tests.Inputs;

public sealed class LocalFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LocalFilesTests()
    {
        foreach (var name in (string[])["b.parquet", "B.parquet", "a/10.parquet", "a/9.parquet", "a/readme.md",
            ".cache/x.parquet", "a/.half.parquet", "out/data/train.parquet"])
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

        var found = LocalFiles.Find(Path.GetDirectoryName(link)!, "/out").Single();

        Assert.Equal((7, link), (found.Size, found.Path));
    }

    [Theory]
    [InlineData("nowhere", "no such file or folder")]
    [InlineData("a/*.csv", "no file matches")]
    [InlineData("nowhere/*.parquet", "no file matches")]
    [InlineData("out", "no .parquet file")]
    public void Find_Nothing_IsOneLineThatNamesTheInput(string input, string reason)
    {
        var path = Path.Combine(_folder.Path, input);

        var refusal = Assert.Throws<UserErrorException>(
            () => LocalFiles.Find(path, Path.Combine(_folder.Path, "out")));

        Assert.StartsWith($"--input {path}: {reason}", refusal.Message, StringComparison.Ordinal);
    }

    private IEnumerable<string> Names(string input) =>
        LocalFiles.Find(input, Path.Combine(_folder.Path, "out")).Select(file => file.Name);
}
