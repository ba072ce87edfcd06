using System.Text;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tests.Files;

public class SafetensorsHeaderTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}""")]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"shape":[],"data_offsets":[0,4]}}""")]
    [InlineData("""{"__metadata__":{},"__metadata__":{},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""")]
    public void Parse_NameTwice_IsRefused(string json) => Assert.Contains("tw", Refusal(json, 4));

    [Theory]
    [InlineData("[-0]")]
    [InlineData("[1e0]")]
    [InlineData("[\"1\"]")]
    [InlineData("[null]")]
    [InlineData("[[1]]")]
    [InlineData("1")]
    [InlineData("{}")]
    [InlineData("[18446744073709551616]")]
    public void Parse_ShapeOfSomethingElse_IsRefused(string shape) =>
        Assert.Contains("shape", Refusal($$"""{"a":{"dtype":"F32","shape":{{shape}},"data_offsets":[0,4]} }""", 4));

    [Theory]
    [InlineData("[18446744073709551615,2]")]
    [InlineData("[9223372036854775808,9223372036854775808,0]")]
    [InlineData("[2305843009213693952]")]
    public void Parse_ShapeWhoseSizeOverflows_IsRefused(string shape) =>
        Assert.Contains("impossible", Refusal($$"""{"a":{"dtype":"F32","shape":{{shape}},"data_offsets":[0,0]} }""", 0));

    [Fact]
    public void Parse_HalfASurrogatePair_IsRefused() =>
        Assert.Contains("Unicode", Refusal("""{"\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4));

    [Fact]
    public void Parse_ByteOrderMark_IsRefused() =>
        Assert.Contains("JSON", Refusal("\uFEFF{}", 0));

    [Theory]
    [InlineData(124, true)]
    [InlineData(126, false)]
    public void Parse_ExtraFieldNestedDeep_IsRefusedBeyondTheOfficialLimit(int depth, bool accepted)
    {
        var nested = new string('[', depth) + new string(']', depth);
        var json = $$"""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":{{nested}}} }""";
        if (accepted)
            Assert.Single(SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), 4));
        else
            Assert.Contains("JSON", Refusal(json, 4));
    }

    [Theory]
    [InlineData("F4", 3)]
    [InlineData("F6_E2M3", 2)]
    public void Parse_ElementsThatEndWithinAByte_AreRefused(string dtype, int count) =>
        Assert.Contains("within a byte",
            Refusal($$"""{"a":{"dtype":"{{dtype}}","shape":[{{count}}],"data_offsets":[0,2]} }""", 2));

    [Theory]
    [InlineData("F4", 4, 2)]
    [InlineData("F6_E3M2", 4, 3)]
    [InlineData("F8_E4M3", 3, 3)]
    [InlineData("C64", 1, 8)]
    public void Parse_TypesThatAreNoWeights_AreKnown(string dtype, int count, ulong bytes)
    {
        var json = $$"""{"a":{"dtype":"{{dtype}}","shape":[{{count}}],"data_offsets":[0,{{bytes}}]} }""";
        Assert.Equal(bytes, Assert.Single(SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), bytes)).End);
    }

    [Fact]
    public void Parse_EmptyTensorsBetweenOthers_Fit()
    {
        const string Json = """
            {"e":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},
             "b":{"dtype":"F32","shape":[],"data_offsets":[4,8]},
             "a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}
            """;
        var names = SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(Json), 8).Select(entry => entry.Name);
        Assert.Equal(["a", "e", "b"], names);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1", "Git LFS pointer")]
    [InlineData("PK\u0003\u0004and so on", "zip archive")]
    [InlineData("<!DOCTYPE html>", "web page")]
    public void Open_SomethingElseOfThatName_SaysWhatItIs(string content, string named)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.safetensors", content);
        OneLine.Names(Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(path)), path, named);
    }

    private static string Refusal(string json, ulong dataLength) =>
        Assert.Throws<FormatException>(() => SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), dataLength)).Message;
}
