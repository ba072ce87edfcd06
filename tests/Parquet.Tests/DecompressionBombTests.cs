namespace FineWebTorch.Parquet.Tests;

/// <summary>Pages that unfold to far more than their headers say.</summary>
public sealed class DecompressionBombTests
{
    [Theory]
    [InlineData("snappy", 1)]
    [InlineData("gzip", 2)]
    [InlineData("brotli", 4)]
    [InlineData("zstd", 6)]
    [InlineData("lz4", 7)]
    public void Read_PageThatUnfoldsBeyondItsHeader_IsRefused(string format, int codec)
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "hello"))
        {
            ClaimedPageSize = 100,
            Codec = codec,
            Pack = _ => Bombs.Of(format),
        }.WriteTo(folder);

        var exception = Assert.Throws<ParquetFileException>(() => Reading.Texts(input));

        Assert.Equal(ParquetFault.Damaged, exception.Fault);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.Contains(input, exception.Message, StringComparison.Ordinal);
    }

    /// <summary>So that the others are refused for being bombs.</summary>
    [Theory]
    [InlineData("gzip", 2)]
    [InlineData("brotli", 4)]
    public void Read_PageThatUnfoldsToWhatItsHeaderSays_IsRead(string format, int codec)
    {
        using var folder = new TemporaryFolder();
        var input = new TinyParquet(TinyColumn.Text("text", "hello"))
        {
            Codec = codec,
            Pack = page => Bombs.Packed(format, page),
        }.WriteTo(folder);

        Assert.Equal(["hello"], Reading.Texts(input));
    }
}
