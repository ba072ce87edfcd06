using YamlDotNet.RepresentationModel;

namespace FineWebTorch.Hub.Tests;

public sealed class CardYamlTests
{
    [Theory]
    [InlineData("text", "text")]
    [InlineData("data/train-*", "data/train-*")]
    [InlineData("timestamp[ms]", "\"timestamp[ms]\"")]
    [InlineData("Sample, scored", "Sample, scored")]
    [InlineData("n<1K", "n<1K")]
    [InlineData("1K<n<10K", "\"1K<n<10K\"")]
    [InlineData("no", "\"no\"")]
    [InlineData("Null", "\"Null\"")]
    [InlineData("1.5", "\"1.5\"")]
    [InlineData("0x1F", "\"0x1F\"")]
    [InlineData("2024-01-01", "\"2024-01-01\"")]
    [InlineData("", "\"\"")]
    [InlineData(" lead", "\" lead\"")]
    [InlineData("a: b", "\"a: b\"")]
    [InlineData("a #b", "\"a #b\"")]
    [InlineData("key:", "\"key:\"")]
    [InlineData("say \"hi\" \\", "\"say \\\"hi\\\" \\\\\"")]
    [InlineData("two\nlines\u0007", "\"two\\nlines\\a\"")]
    [InlineData("größe", "\"größe\"")]
    public void Text_OddName_IsQuotedWhereADoubtIsPossible(string text, string expected) =>
        Assert.Equal([$"key: {expected}"], CardYaml.Write(new YamlMappingNode("key", CardYaml.Text(text))));
}
