using System.Text.Json;

namespace FineWebTorch.Common.Tests;

public sealed class PlainJsonEncoderTests
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = PlainJsonEncoder.Instance };

    [Theory]
    [InlineData("données/日本.parquet 'a' <b> & c+d", "données/日本.parquet 'a' <b> & c+d")]
    [InlineData("😀", "\\uD83D\\uDE00")]
    [InlineData("a\u202egnp.exe", "a\\u202egnp.exe")]
    [InlineData("\u2066a\u2069\u200f\ufeff", "\\u2066a\\u2069\\u200f\\ufeff")]
    [InlineData("a\u001b[2J\u009b1m\u007f", "a\\u001B[2J\\u009B1m\\u007F")]
    [InlineData("a\u2028b\u2029c\n\"", "a\\u2028b\\u2029c\\n\\\"")]
    [InlineData("tag \U000E0041", "tag \\udb40\\udc41")]
    public void Text_ThatIsNotPlain_IsEscapedAndReadAsItWas(string text, string written)
    {
        var json = JsonSerializer.Serialize(text, Json);

        Assert.Equal(written, json[1..^1], ignoreCase: true);
        Assert.True(PlainText.IsPlain(json));
        Assert.Equal(text, JsonSerializer.Deserialize<string>(json, Json));
        Assert.Equal(text, JsonSerializer.Deserialize<string>(JsonSerializer.SerializeToUtf8Bytes(text, Json), Json));
        Assert.Equal(
            json, System.Text.Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(text, Json)), ignoreCase: true);
    }

    [Fact]
    public void Text_OfHalfACharacter_IsReplaced() =>
        Assert.Equal("\"a\uFFFDb\"", JsonSerializer.Serialize("a\ud800b", Json));

    [Fact]
    public void Text_LongAndFullOfMarks_IsEscapedToItsEnd()
    {
        var text = string.Concat(Enumerable.Repeat("a\u202e", 5000));

        Assert.Equal(2 + (7 * 5000), JsonSerializer.Serialize(text, Json).Length);
        Assert.Equal(text, JsonSerializer.Deserialize<string>(JsonSerializer.SerializeToUtf8Bytes(text, Json)));
    }

    [Fact]
    public void Lines_OfACommand_AreOneEachAndPlain()
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var writer = new PlainWriter(output);

        writer.WriteLine("a\u202egnp.exe\nfailed\u001b[2J");
        writer.WriteLine("données 日本");

        Assert.Equal("a?gnp.exe?failed?[2J\ndonnées 日本\n", output.ToString());
    }
}
