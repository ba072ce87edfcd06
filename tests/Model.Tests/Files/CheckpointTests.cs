using FineWebTorch.Model.Files;
using FineWebTorch.Model.Tests.Parity;

namespace FineWebTorch.Model.Tests.Files;

/// <summary>Checkpoints as people have them, whose scores are those of the model as it is published.</summary>
public sealed class CheckpointTests
{
    public static TheoryData<string, Func<string, string>> Names => new()
    {
        { "module.", name => "module." + name },
        { "_orig_mod.", name => "_orig_mod." + name },
        { "several", name => "module._orig_mod.module." + name },
        { "a compiled part", name => name.Replace("bert.", "bert._orig_mod.", StringComparison.Ordinal) },
        {
            "gamma and beta",
            name => name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
                .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal)
        },
    };

    [Theory]
    [MemberData(nameof(Names), DisableDiscoveryEnumeration = true)]
    public void Load_TensorsOfOtherNames_GivesTheReferencesScores(string kind, Func<string, string> rename)
    {
        using var folder = CheckpointFile.Of(rename);
        ExpectReferenceScores(folder.Path, ComputeDevice.Resolve("cpu"), kind);
    }

    [Fact]
    public void Load_WeightsInDoublePrecision_GivesTheReferencesScores()
    {
        using var folder = CheckpointFile.Of(asDouble: true);
        ExpectReferenceScores(folder.Path, ComputeDevice.Resolve("cpu"), "F64");
        ExpectReferenceScores(folder.Path, Devices.Reference, "F64, reference network");
    }

    [Theory]
    [InlineData("bert.embeddings.word_embeddings.weight", float.NaN)]
    [InlineData("bert.encoder.layer.1.intermediate.dense.weight", float.NegativeInfinity)]
    [InlineData("bert.encoder.layer.0.output.LayerNorm.bias", float.PositiveInfinity)]
    [InlineData("classifier.weight", float.NaN)]
    public void Load_AWeightNotFinite_IsRefusedByItsTensorsName(string tensor, float value)
    {
        using var folder = CheckpointFile.Of(change: (name, numbers) =>
        {
            if (name == tensor)
                numbers[^1] = value;
        });
        foreach (var device in new[] { ComputeDevice.Resolve("cpu"), Devices.Reference })
        {
            var error = Assert.Throws<ModelFileException>(() => EduClassifier.Load(folder.Path, device));
            OneLine.Names(error, WeightFiles.Single, $"'{tensor}'", "not finite");
        }
    }

    [Fact]
    public void Load_DoubleBeyondFloat_IsRefused()
    {
        const string Header = """{"w":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""";
        ExpectNotFinite(Header, BitConverter.GetBytes(1e300));
    }

    [Theory]
    [InlineData("F16", 0x7BFF, true)]
    [InlineData("F16", 0xFC00, false)]
    [InlineData("BF16", 0xFF7F, true)]
    [InlineData("BF16", 0x7F80, false)]
    public void Read_SixteenBitNumber_IsRefusedWhereItIsNotFinite(string dtype, int bits, bool isFinite)
    {
        foreach (var place in new[] { 0, 20, 66 })
        {
            var data = new byte[2 * 67];
            BitConverter.TryWriteBytes(data.AsSpan(2 * place), (ushort)bits);
            var header = """{"w":{"dtype":"T","shape":[67],"data_offsets":[0,134]}}""".Replace(
                "\"T\"", $"\"{dtype}\"", StringComparison.Ordinal);
            if (isFinite)
                Assert.Equal(data, Stored(header, data, tensor => tensor.Read().ToArray()));
            else
                ExpectNotFinite(header, data);
        }
    }

    [Fact]
    public void Load_OneTensorUnderTwoNames_IsRefused()
    {
        using var folder = new TemporaryFolder();
        folder.Write(WeightFiles.Single, SafetensorsBytes.Floats(("module.a", 1), ("a", 1)));
        OneLine.Names(
            Assert.Throws<ModelFileException>(() => WeightSet.Open(folder.Path)), "'", "under another name too");
    }

    private static void ExpectReferenceScores(string folder, ComputeDevice device, string kind)
    {
        using var classifier = EduClassifier.Load(folder, device);
        var references = ReferenceScore.Of("edu-tiny").Take(20).ToList();
        var scores = classifier.Score(references.Select(one => (ReadOnlyMemory<byte>)one.Text));
        Assert.All(scores.Zip(references), pair =>
            Assert.True(Math.Abs(pair.First - pair.Second.Score) < 1e-5, $"{kind}: {pair.First} {pair.Second.Score}"));
    }

    private static void ExpectNotFinite(string header, byte[] data) => OneLine.Names(
        Assert.Throws<ModelFileException>(() => Stored(header, data, tensor => tensor.Read().ToArray())),
        "'w'", "not finite");

    private static T Stored<T>(string header, byte[] data, Func<StoredTensor, T> read)
    {
        using var folder = new TemporaryFolder();
        folder.Write(WeightFiles.Single, SafetensorsBytes.Of(System.Text.Encoding.UTF8.GetBytes(header), data));
        using var file = SafetensorsFile.Open(Path.Combine(folder.Path, WeightFiles.Single));
        return read(new StoredTensor(file, file.Entries["w"]));
    }
}
