namespace FineWebTorch.Parquet.Tests;

public class RefusalTests
{
    public static TheoryData<string> BadFiles => GoldenCase.FilesExpected("error");

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void Write_BadFile_GivesOneLineNamingItAndLeavesNothing(string file)
    {
        var golden = GoldenCase.Named(file);
        using var folder = new TemporaryFolder();
        var request = Shards.Request(golden.Path, folder.File("out.parquet"), golden.TextColumn);

        var exception = Assert.ThrowsAny<Exception>(() =>
        {
            var rows = Reading.Texts(golden.Path, golden.TextColumn).Count;
            ShardWriter.Write(request, Shards.Keep(rows));
        });
        TestContext.Current.TestOutputHelper?.WriteLine(exception.Message);

        Assert.Contains(golden.Path, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
