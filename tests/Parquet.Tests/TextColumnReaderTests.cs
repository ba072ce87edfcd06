namespace FineWebTorch.Parquet.Tests;

public class TextColumnReaderTests
{
    public static TheoryData<string> GoodFiles => GoldenCase.FilesExpected("ok");

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void Read_GoodFile_GivesEveryTextInOrder(string file)
    {
        var golden = GoldenCase.Named(file);

        var texts = Reading.Texts(golden.Path, golden.TextColumn);

        Assert.Equal(golden.Texts(), texts);
        Assert.Equal(golden.Rows, texts.Count);
        Assert.Equal(golden.NullRows!, texts.Index().Where(t => t.Item is null).Select(t => (long)t.Index));
    }
}
