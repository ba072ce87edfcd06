namespace FineWebTorch.Common.Tests;

public sealed class RedactionTests
{
    [Theory]
    [InlineData("GET https://s3.example/a/b?X-Amz-Signature=abc&x=1 failed", "GET https://s3.example/a/b?… failed")]
    [InlineData("/a/b?x=1&X-Amz-Signature=abc&y=2", "/a/b?x=1&…&y=2")]
    [InlineData("cut off: Signature=a~b&Key-Pair-Id=K", "cut off: …&…")]
    [InlineData("?sv=1&sig=abc%3D", "?sv=1&…")]
    [InlineData("https://me:secret@proxy.example:8080/x", "https://…@proxy.example:8080/x")]
    [InlineData("Authorization: Bearer abcdefghijklmnopqrst", "Authorization: Bearer …")]
    [InlineData("the token hf_abcdefghijklmnopqrstuvwxyzABCDEFGH was", "the token … was")]
    [InlineData("join by fwj1_abcdefghijklmnop-rstuv_x0123456789", "join by …")]
    [InlineData("a join token, which begins with fwj1_; copy it", "a join token, which begins with fwj1_; copy it")]
    [InlineData("hf://datasets/a/b@main/x.parquet", "hf://datasets/a/b@main/x.parquet")]
    [InlineData("hf_transfer and the bearer of news", "hf_transfer and the bearer of news")]
    [InlineData("data/part-?.parquet: no file", "data/part-?.parquet: no file")]
    public void Clean_Text_HasNoSecretAndTheRestOfIt(string text, string expected) =>
        Assert.Equal(expected, Redaction.Clean(text));

    [Fact]
    public void Clean_KnownSecret_IsLeftOutWhereverItStands()
    {
        Redaction.Know("unlike/any.other:secret");
        Redaction.Know("short");

        Assert.Equal("a…b short", Redaction.Clean("aunlike/any.other:secretb short"));
    }

    [Fact]
    public void Describe_ExceptionOfTheNetwork_HasNoSecret()
    {
        var (line, _) = ErrorLine.Describe(new IOException("cannot read https://cdn.example/x?Signature=s (timed out)"));

        Assert.Equal("cannot read https://cdn.example/x?… (timed out)", line);
    }
}
