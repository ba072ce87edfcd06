using System.Text.Json.Nodes;
using FineWebTorch.Model.Tests.Files;

namespace FineWebTorch.Model.Tests;

public class EduClassifierTests
{
    private static readonly int[] Document = [2, 17, 30, 99, 3];

    private static ComputeDevice Cpu => ComputeDevice.Resolve("cpu");

    [Theory]
    [InlineData(ModelDtype.Float16, "fp16")]
    [InlineData(ModelDtype.BFloat16, "bf16")]
    public void Load_TypeTheDeviceDoesNotComputeWell_IsRefused(ModelDtype dtype, string name) => OneLine.Names(
        Assert.Throws<NotSupportedException>(() => EduClassifier.Load(TestData.EduTiny, Devices.Reference, dtype)),
        name, "cpu", "use fp32");

    [Theory]
    [InlineData("num_hidden_layers", 1, "bert.encoder.layer.1")]
    [InlineData("num_hidden_layers", 3, "bert.encoder.layer.2")]
    [InlineData("hidden_size", 256, "[5971, 128]")]
    [InlineData("intermediate_size", 256, "[512, 128]")]
    [InlineData("max_position_embeddings", 256, "[512, 128]")]
    [InlineData("type_vocab_size", 1, "[2, 128]")]
    [InlineData("vocab_size", 100, "5971")]
    public void Load_ConfigOfAnotherModel_SaysTheyDoNotBelongTogether(string key, int value, string named)
    {
        using var folder = TemporaryFolder.CopyOf(TestData.EduTiny);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "config.json")))!;
        config[key] = value;
        folder.Write("config.json", config.ToJsonString());
        OneLine.Names(Assert.Throws<ModelFileException>(() => Load(folder.Path)), folder.Path, named);
    }

    [Fact]
    public void Load_TruncatedWeights_IsRefused()
    {
        using var folder = TemporaryFolder.CopyOf(TestData.EduTiny);
        var path = Path.Combine(folder.Path, "model.safetensors");
        using (var file = File.OpenWrite(path))
            file.SetLength(file.Length - 4);
        OneLine.Names(Assert.Throws<ModelFileException>(() => Load(folder.Path)), path, "fetch the file again");
    }

    [Fact]
    public void Load_NoFolder_IsRefused() => OneLine.Names(
        Assert.Throws<FileNotFoundException>(() => Load("/nowhere/model")), "/nowhere/model");

    [Fact]
    public void Score_NoDocument_IsNoError()
    {
        using var classifier = Load(TestData.EduTiny);
        Assert.Null(Record.Exception(() => classifier.Score(new PackedBatch([], [0]), [])));
    }

    [Fact]
    public void Score_WhatDoesNotFit_IsRefused()
    {
        using var classifier = Load(TestData.EduTiny);
        Assert.Throws<ArgumentException>(() => classifier.Score(new PackedBatch([2, 3], [0, 2]), new float[2]));
        Assert.Throws<ArgumentException>(() => classifier.Score(new PackedBatch([2, 5971], [0, 2]), new float[1]));
        Assert.Throws<ArgumentException>(() => classifier.Score(new PackedBatch([2, -1], [0, 2]), new float[1]));
        Assert.Throws<ArgumentException>(() => classifier.Score(new PackedBatch(new int[513], [0, 513]), new float[1]));
    }

    [Fact]
    public void Score_OneToken_IsFinite()
    {
        using var classifier = Load(TestData.EduTiny);
        Assert.True(float.IsFinite(Scorer.Score(classifier, [[2]], 512)[0]));
    }

    [Fact]
    public void Score_NumbersThatOverflow_ComesOutAsItIs()
    {
        using var folder = CheckpointFile.Of(change: (name, numbers) =>
        {
            if (name is "classifier.weight" or "bert.pooler.dense.bias")
                Array.Fill(numbers, name == "classifier.weight" ? float.MaxValue : 100);
        });
        using var classifier = Load(folder.Path);
        Assert.False(float.IsFinite(Scorer.Score(classifier, [Document], 512)[0]));
        Assert.False(float.IsFinite(classifier.ScoreAloneInFloat32(Document)));
    }

    [Fact]
    public void ScoreAloneInFloat32_OfAFloat32Model_IsItsScore()
    {
        using var classifier = Load(TestData.EduTiny);
        Assert.Equal(Scorer.Score(classifier, [Document], 512)[0], classifier.ScoreAloneInFloat32(Document));
    }

    [Fact]
    public void NumericClass_Cpu_NamesWhatDecidesTheLastBits()
    {
        Assert.Matches("^cpu;[^;]+;[^;]+;libtorch [0-9.]+[^;]*;threads 2;reference$", ClassOf(KernelChoice.Reference));
        if (Devices.RunsHere("generic"))
            Assert.Matches("^cpu;revision [0-9]+;fused generic$", ClassOf("generic"));

        static string ClassOf(string kernels)
        {
            using var classifier = EduClassifier.Load(
                TestData.EduTiny, ComputeDevice.Resolve("cpu", 2, kernels), ModelDtype.Float32);
            return classifier.NumericClass;
        }
    }

    [Fact]
    public void Score_Texts_GivesEachItsScoreInTheirOrder()
    {
        using var classifier = EduClassifier.Load(TestData.EduTiny, Cpu);
        var references = Parity.ReferenceScore.Of("edu-tiny").Where((_, i) => i % 9 == 0).ToList();
        string[] texts = [.. references.Select(one => System.Text.Encoding.UTF8.GetString(one.Text))];

        var scores = classifier.Score(texts);

        Assert.All(references.Zip(scores), pair => Assert.Equal(pair.First.Score, pair.Second, 1e-4f));
        Assert.Equal(scores, classifier.Score([.. references.Select(one => (ReadOnlyMemory<byte>)one.Text)]));
        Assert.Equal(scores[1], classifier.Score(texts[1]), 1e-5f);
    }

    [Fact]
    public void Score_NoText_GivesNoScore()
    {
        using var classifier = EduClassifier.Load(TestData.EduTiny);
        Assert.Empty(classifier.Score(Array.Empty<string>()));
        Assert.True(float.IsFinite(classifier.Score("")));
    }

    [Fact]
    public void Score_WhatIsNoText_IsRefused()
    {
        using var classifier = EduClassifier.Load(TestData.EduTiny, Cpu);
        void Refused(string? text, string why) => OneLine.Names(
            Assert.Throws<ArgumentException>(() => classifier.Score((string[])["this is text", text!])), "text 1", why);
        Refused(null, "is null");
        Refused("half of a pair: \ud83d", "surrogate");
    }

    private static EduClassifier Load(string folder) => EduClassifier.Load(folder, Cpu, ModelDtype.Float32);
}
