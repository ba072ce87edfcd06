using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tests.Files;

public sealed class WeightSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("../other.safetensors")]
    [InlineData("/etc/other.safetensors")]
    [InlineData("..\\\\other.safetensors")]
    [InlineData("sub/other.safetensors")]
    [InlineData(".safetensors")]
    [InlineData("c:other.safetensors")]
    [InlineData("model.bin")]
    [InlineData("")]
    public void Open_ShardOutsideTheFolder_IsRefused(string shard)
    {
        WriteIndex(("a", shard));
        OneLine.Names(Refusal(), WeightFiles.Index, "'a'", "no .safetensors file of this folder");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{"a":1}}""")]
    [InlineData("""{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}""")]
    [InlineData("[1]")]
    [InlineData("{")]
    public void Open_IndexThatIsNone_IsRefused(string index)
    {
        _folder.Write(WeightFiles.Index, index);
        OneLine.Names(Refusal(), WeightFiles.Index);
    }

    [Fact]
    public void Open_ShardMissing_NamesIt()
    {
        WriteIndex(("a", "1.safetensors"), ("b", "2.safetensors"));
        _folder.Write("1.safetensors", SafetensorsBytes.Floats(("a", 1)));
        var error = Assert.Throws<FileNotFoundException>(() => WeightSet.Open(_folder.Path));
        OneLine.Names(error, "2.safetensors", "missing");
    }

    [Fact]
    public void Open_TensorInAnotherShardThanIndexed_IsRefused()
    {
        WriteIndex(("a", "1.safetensors"), ("b", "2.safetensors"));
        _folder.Write("1.safetensors", SafetensorsBytes.Floats(("b", 1)));
        _folder.Write("2.safetensors", SafetensorsBytes.Floats(("a", 1)));
        OneLine.Names(Refusal(), "1.safetensors", "'b'", "2.safetensors");
    }

    [Fact]
    public void Open_TensorNotIndexed_IsRefused()
    {
        WriteIndex(("a", "1.safetensors"));
        _folder.Write("1.safetensors", SafetensorsBytes.Floats(("a", 1), ("b", 1)));
        OneLine.Names(Refusal(), "1.safetensors", "'b'", "no file");
    }

    [Fact]
    public void Open_IndexedTensorMissing_IsRefused()
    {
        WriteIndex(("a", "1.safetensors"), ("b", "1.safetensors"));
        _folder.Write("1.safetensors", SafetensorsBytes.Floats(("a", 1)));
        OneLine.Names(Refusal(), "1.safetensors", "lacks tensor 'b'");
    }

    [Fact]
    public void Open_SingleFileAndIndex_TakesTheFile()
    {
        WriteIndex(("x", "absent.safetensors"));
        _folder.Write(WeightFiles.Single, SafetensorsBytes.Floats(("a", 1)));
        using var weights = WeightSet.Open(_folder.Path);
        Assert.Equal(["a"], weights.Unused);
    }

    [Fact]
    public void Get_AnotherShapeOrType_IsRefused()
    {
        const string Header = """{"h":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""";
        _folder.Write(WeightFiles.Single, SafetensorsBytes.Of(Header, 8));
        using var doubles = WeightSet.Open(_folder.Path);
        OneLine.Names(Assert.Throws<ModelFileException>(() => doubles.Get("h", 1)), "'h'", "I64", "F32");
        OneLine.Names(Assert.Throws<ModelFileException>(() => doubles.Get("i", 1)), "lacks the tensor 'i'");
        _folder.Write("other.safetensors", SafetensorsBytes.Floats(("a", 6)));
        File.Move(Path.Combine(_folder.Path, "other.safetensors"), Path.Combine(_folder.Path, WeightFiles.Single), true);
        using var floats = WeightSet.Open(_folder.Path);
        OneLine.Names(Assert.Throws<ModelFileException>(() => floats.Get("a", 2, 3)), "'a'", "[6]", "[2, 3]");
        Assert.Equal(24, floats.Get("a", 6).File.Bytes(floats.Get("a", 6).Entry).Length);
        Assert.Empty(floats.Unused);
    }

    private ModelFileException Refusal() => Assert.Throws<ModelFileException>(() => WeightSet.Open(_folder.Path));

    private void WriteIndex(params (string Tensor, string File)[] map)
    {
        var pairs = map.Select(pair => $"\"{pair.Tensor}\":\"{pair.File}\"");
        _folder.Write(WeightFiles.Index, $$$"""{"metadata":{},"weight_map":{{{{string.Join(",", pairs)}}}}}""");
    }
}
