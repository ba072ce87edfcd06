using System.Buffers.Binary;
using System.Text;

namespace FineWebTorch.Model.Tests.Files;

/// <summary>
/// Model files that would fill memory, or never end: each is refused with one line that names the file, in the memory that
/// a file of its size may take.
/// </summary>
public sealed class HostileModelTests : IDisposable
{
    private const long Little = 64 << 20;
    private const int Deep = 100_000;

    private readonly TemporaryFolder _folder = TemporaryFolder.CopyOf(TestData.EduTiny);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    public void Load_JsonOfGreatDepth_IsRefused(string file)
    {
        _folder.Write(file, $"{{\"a\": {new string('[', Deep)}{new string(']', Deep)}}}");

        Refused(file, "is not valid JSON");
    }

    [Fact]
    public void Load_IndexOfGreatDepth_IsRefused()
    {
        File.Delete(_folder.File("model.safetensors"));
        _folder.Write("model.safetensors.index.json", $"{{\"weight_map\": {new string('[', Deep)}{new string(']', Deep)}}}");

        Refused("model.safetensors.index.json", "is not valid JSON");
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("vocab.txt")]
    public void Load_TextFileOfAGigabyte_IsRefusedUnread(string file)
    {
        if (file == "vocab.txt")
            File.Delete(_folder.File("tokenizer.json"));
        using (var hole = File.Create(_folder.File(file)))
            hole.SetLength(1 << 30);

        Refused(file, "has 1073741824 bytes, too many for this file");
    }

    [Theory]
    [InlineData("hidden_size", "2147483648")]
    [InlineData("hidden_size", "9223372036854775807")]
    [InlineData("num_hidden_layers", "1e30")]
    [InlineData("intermediate_size", "-1")]
    [InlineData("vocab_size", "99999999999999999999")]
    [InlineData("max_position_embeddings", "16777217")]
    public void Load_SizesThatCannotBe_AreRefused(string key, string value)
    {
        Configure(key, value);

        Refused("config.json", $"{key} is ");
    }

    /// <summary>What is allowed in a configuration takes no memory until the weights have been seen to be there.</summary>
    [Theory]
    [InlineData("num_hidden_layers")]
    [InlineData("intermediate_size")]
    [InlineData("vocab_size")]
    [InlineData("max_position_embeddings")]
    public void Load_LargestSizes_AreComparedWithTheWeightsFirst(string key)
    {
        Configure(key, "16777216");

        var (error, allocated) = Refusal(() => EduClassifier.Load(_folder.Path, ComputeDevice.Resolve("cpu")));

        Assert.DoesNotContain('\n', error.Message);
        Assert.InRange(allocated, 0, Little);
    }

    [Fact]
    public void Load_TokenizerAloneWithoutALimit_DoesNotTakeMemoryForIt()
    {
        Configure("max_position_embeddings", "4000000000");
        File.WriteAllText(_folder.File("tokenizer_config.json"), "{\"model_max_length\": 1e30}");

        var (error, allocated) = Refusal(() => WordPieceTokenizer.Load(_folder.Path));

        OneLine.Names(error, "config.json", "max_position_embeddings is 2147483647 or more");
        Assert.InRange(allocated, 0, Little);
    }

    /// <summary>Within the size that a vocabulary may have: 10 million do not fit into it at all.</summary>
    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("vocab.txt")]
    public void Load_VocabularyOfMillions_IsRefused(string file)
    {
        File.Delete(_folder.File("tokenizer.json"));
        var tokens = Enumerable.Range(0, 2_000_000).Select(number => number.ToString("x", null)).ToList();
        if (file == "vocab.txt")
            _folder.Write(file, string.Join('\n', tokens));
        else
            _folder.Write(file, """
                {"pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "WordPiece", "vocab": {
                """ + string.Join(',', tokens.Select(token => $"\"{token}\":1")) + "}}}");

        var (error, allocated) = Refusal(() => WordPieceTokenizer.Load(_folder.Path));

        OneLine.Names(error, file, "has more than 1048576 tokens");
        Assert.InRange(allocated, 0, 512 << 20);
    }

    [Theory]
    [InlineData(100_000_000UL, 200L << 20, "has 100000000 bytes, over the limit of 16000000")]
    [InlineData(1UL << 63, 1000, "over the limit of 16000000")]
    [InlineData(ulong.MaxValue, 1000, "over the limit of 16000000")]
    [InlineData(15_000_000UL, 1000, "ends within its header")]
    public void Load_SafetensorsHeaderOfGreatLength_IsRefusedUnread(ulong length, long fileLength, string reason)
    {
        using (var file = File.Create(_folder.File("model.safetensors")))
        {
            var prefix = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(prefix, length);
            file.Write(prefix);
            file.SetLength(fileLength);
        }

        Refused("model.safetensors", reason);
    }

    [Theory]
    [InlineData("[4,8]", "[0,4]", "where 8 is the next free")]
    [InlineData("[-4,0]", "[0,4]", "whole number")]
    [InlineData("[4,0]", "[0,4]", "next free")]
    [InlineData("[18446744073709551612,18446744073709551615]", "[0,4]", "next free")]
    [InlineData("[0,8]", "[0,8]", "bytes")]
    public void Parse_OffsetsThatOverlapOrLieOutside_AreRefused(string first, string second, string reason)
    {
        var header = "{" + string.Join(',', ((string[])[second, first, "[4,8]"]).Select((offsets, index) =>
            $"\"{index}\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{offsets}}}")) + "}";

        var error = Assert.Throws<FormatException>(
            () => Model.Files.SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(header), 8));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A shape is as long as the header lets it be.</summary>
    [Fact]
    public void Parse_ShapeOfMillions_TakesTheMemoryOfItsHeader()
    {
        var shape = string.Join(',', Enumerable.Repeat("1", 7_000_000));
        var header = Encoding.UTF8.GetBytes($$"""{"a":{"dtype":"F32","shape":[{{shape}}],"data_offsets":[0,4]} }""");
        var before = GC.GetAllocatedBytesForCurrentThread();

        Model.Files.SafetensorsHeader.Parse(header, 4);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 << 20);
    }

    /// <summary>Whatever lies in it is not so much as opened: unpickling runs what a file says.</summary>
    [Fact]
    public void Load_PickledWeightsAlone_AreRefused()
    {
        File.Delete(_folder.File("model.safetensors"));
        _folder.Write("pytorch_model.bin", "PK\u0003\u0004 and then a pickle");

        Refused("model.safetensors", "its pytorch_model.bin cannot be used, save the model with save_pretrained()");
    }

    /// <summary>As a repository may hold it: git carries links.</summary>
    [Theory]
    [InlineData("config.json", "/dev/zero")]
    [InlineData("tokenizer.json", "/dev/zero")]
    [InlineData("model.safetensors", "/dev/zero")]
    [InlineData("model.safetensors", "/proc/self/mem")]
    public void Load_LinkToWhatHasNoEnd_IsRefusedUnopened(string file, string target)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/zero");
        File.Delete(_folder.File(file));
        File.CreateSymbolicLink(_folder.File(file), target);

        Refused(file, "is empty, or a device or pipe");
        OneLine.Names(Assert.Throws<ModelFileException>(() => ModelFolder.Digests(_folder.Path)), file, "a device or pipe");
    }

    private void Configure(string key, string value)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!.AsObject();
        json[key] = System.Text.Json.Nodes.JsonNode.Parse(value);
        File.WriteAllText(_folder.File("config.json"), json.ToJsonString());
    }

    private void Refused(string file, string reason)
    {
        var (error, allocated) = Refusal(() => EduClassifier.Load(_folder.Path, ComputeDevice.Resolve("cpu")));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, Little);
    }

    private static (IOException Error, long Allocated) Refusal(Action load)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.ThrowsAny<IOException>(load);
        return (error, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
