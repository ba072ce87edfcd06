namespace FineWebTorch.Common.Tests;

public sealed class ErrorLineTests
{
    [Theory]
    [InlineData("a\r\n  b\nc", "a b c")]
    [InlineData("gone\u001b[2J", "gone?[2J")]
    [InlineData("a\u202eb\0", "a?b?")]
    [InlineData("a.parquet: ünlesbar 中文 😀", "a.parquet: ünlesbar 中文 😀")]
    public void Line_OfWhatAFileHasPutIntoAMessage_IsPlainText(string message, string line) =>
        Assert.Equal(line, ErrorLine.Describe(new FormatException(message)).Line);

    [Fact]
    public void Line_OfALongMessage_IsCut()
    {
        var (line, _) = ErrorLine.Describe(new UserErrorException("header: " + new string('x', 100_000)));

        Assert.StartsWith("header: xxx", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 1000, 2000);
    }
}
