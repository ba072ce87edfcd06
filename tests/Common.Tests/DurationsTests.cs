namespace FineWebTorch.Common.Tests;

public class DurationsTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("45s", 45)]
    [InlineData("30m", 1800)]
    [InlineData("1.5h", 5400)]
    [InlineData("1d", 86400)]
    public void TryParse_NumberAndUnit_GivesDuration(string text, double seconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

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
    public void TryParse_AnythingElse_IsRefused_WithAnExample(string text)
    {
        Assert.False(Durations.TryParse(text, out _));
        var refusal = Assert.Throws<FormatException>(() => OptionText.Duration(text));
        Assert.Contains("for example 45s", refusal.Message, StringComparison.Ordinal);
    }
}
