namespace FineWebTorch.Common.Tests;

public class DurationsTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("45s", 45)]
    [InlineData("30m", 1800)]
    [InlineData("1.5h", 5400)]
    [InlineData("1d", 86400)]
    public void Parse_NumberAndUnit_GivesDuration(string text, double seconds) =>
        Assert.Equal(seconds, Durations.Parse("--give-up-after", text).TotalSeconds);

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("m")]
    [InlineData("-1s")]
    [InlineData("0s")]
    [InlineData("1e9d")]
    [InlineData("99999d")]
    [InlineData("NaNs")]
    [InlineData("1,5h")]
    public void Parse_AnythingElse_NamesOptionAndValue(string text)
    {
        var error = Assert.Throws<UserErrorException>(() => Durations.Parse("--give-up-after", text));
        Assert.StartsWith($"--give-up-after {text}:", error.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, error.ExitCode);
    }
}
