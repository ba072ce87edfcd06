namespace FineWebTorch.Model.Tests.Networks.Reference;

[CollectionDefinition(nameof(TensorLifetimeTests), DisableParallelization = true)]
public static class TensorLifetimeCollection;

/// <summary>Alone, since the count is the whole process's.</summary>
[Collection(nameof(TensorLifetimeTests))]
public class TensorLifetimeTests
{
    [Fact]
    public void Dispose_AfterScoring_LeavesNoTensor()
    {
        var before = TorchSharp.torch.Tensor.TotalCount;
        using (var classifier = Load(TestData.EduTiny))
        {
            var weights = TorchSharp.torch.Tensor.TotalCount;
            Assert.True(weights > before);
            Scorer.Score(classifier, [[2, 17, 3], [2, 17, 3], [2, 3]], 512);
            Assert.Equal(weights, TorchSharp.torch.Tensor.TotalCount);
        }
        Assert.Equal(before, TorchSharp.torch.Tensor.TotalCount);
    }

    [Fact]
    public void Load_FailingAtTheLastTensor_LeavesNoTensor()
    {
        using var folder = TemporaryFolder.CopyOf(TestData.EduTiny);
        var path = Path.Combine(folder.Path, "model.safetensors");
        var bytes = File.ReadAllBytes(path);
        var name = bytes.AsSpan().IndexOf("\"classifier.weight\""u8);
        "\"klassifier.weight\""u8.CopyTo(bytes.AsSpan(name));
        File.WriteAllBytes(path, bytes);
        var before = TorchSharp.torch.Tensor.TotalCount;
        OneLine.Names(Assert.Throws<ModelFileException>(() => Load(folder.Path)), "classifier.weight");
        Assert.Equal(before, TorchSharp.torch.Tensor.TotalCount);
    }

    private static EduClassifier Load(string folder) =>
        EduClassifier.Load(folder, Devices.Reference, ModelDtype.Float32);
}
