using FineWebTorch.Common;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Tests.Options;

public sealed class PostgresAddressTests
{
    [Theory]
    [InlineData("postgres://me:word@db:6000/runs?schema=nightly", "postgres://me@db:6000/runs?schema=nightly")]
    [InlineData("postgresql://db/runs", "postgres://db:5432/runs")]
    [InlineData("postgres://m%40e:p%3Aw%40@[::1]/a%20b?sslmode=require", "postgres://m%40e@[::1]:5432/a%20b?sslmode=require")]
    public void Parse_WrittenAgain_IsTheSameWithoutThePassword(string text, string expected)
    {
        var address = PostgresAddress.Parse(text);

        Assert.Equal(expected, $"{address}");
        Assert.Equal(address with { Password = null }, PostgresAddress.Parse($"{address}"));
    }

    [Fact]
    public void Parse_EscapedPassword_IsReadAsItIs()
    {
        Assert.Equal("p:w@/ ", PostgresAddress.Parse("postgres://me:p%3Aw%40%2F%20@db/runs").Password);
    }

    [Theory]
    [InlineData("mysql://db/runs")]
    [InlineData("postgres://db")]
    [InlineData("postgres://db/")]
    [InlineData("postgres://db/a/b")]
    [InlineData("postgres://me:secret@db/runs?schema=Nightly")]
    [InlineData("postgres://me:secret@db/runs?schema=a;drop")]
    [InlineData("postgres://me:secret@db/runs?sslmode=maybe")]
    [InlineData("postgres://me:secret@db/runs?timeout=3")]
    [InlineData("postgres://me:secret@:99999/runs")]
    public void Parse_NoAddressOfADatabase_IsRefusedWithoutThePassword(string text)
    {
        var refusal = Assert.Throws<FormatException>(() => PostgresAddress.Parse(text));

        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://me:word@db/runs", "postgres://me@db/runs")]
    [InlineData("--ledger=postgres://me:wo:rd@db/runs", "--ledger=postgres://me@db/runs")]
    [InlineData("postgres://me:w@rd@db/runs", "postgres://me@db/runs")]
    [InlineData("postgres://me@db/runs", "postgres://me@db/runs")]
    [InlineData("http://me:word@proxy", "http://me:word@proxy")]
    public void Hide_ATypedArgument_LeavesThePasswordOut(string typed, string expected) =>
        Assert.Equal(expected, PostgresAddress.Hide(typed));

    [Theory]
    [InlineData("postgres://me:w/rd@db/runs", "postgres://…@db/runs")]
    [InlineData("postgresql://me:w/o@rd@db/runs", "postgresql://…@db/runs")]
    [InlineData("http://me:word@proxy:3128/", "http://…@proxy:3128/")]
    [InlineData("hf://datasets/me/edu@next/data", "hf://datasets/me/edu@next/data")]
    public void Hide_AMistypedAddress_LeavesThePasswordOut(string typed, string expected) =>
        Assert.Equal(expected, ProxyAddress.Hide(typed));
}
