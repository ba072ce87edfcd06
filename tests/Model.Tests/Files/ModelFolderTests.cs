namespace FineWebTorch.Model.Tests.Files;

public class ModelFolderTests
{
    [Fact]
    public void Check_NoFolder_SaysSo() => OneLine.Names(
        Assert.Throws<FileNotFoundException>(() => ModelFolder.Check("/nowhere/model")), "/nowhere/model", "no such model folder");

    [Fact]
    public void Check_EmptyFolder_NamesAllThatIsMissing()
    {
        using var folder = new TemporaryFolder();
        OneLine.Names(Assert.Throws<FileNotFoundException>(() => ModelFolder.Check(folder.Path)),
            folder.Path, "config.json", "tokenizer.json or vocab.txt");
    }

    [Fact]
    public void Check_PyTorchCheckpoint_SaysWhatToDo()
    {
        using var folder = TemporaryFolder.CopyOf(TestData.EduTiny);
        File.Move(Path.Combine(folder.Path, "model.safetensors"), Path.Combine(folder.Path, "pytorch_model.bin"));
        OneLine.Names(Assert.Throws<FileNotFoundException>(() => ModelFolder.Check(folder.Path)),
            "model.safetensors", "pytorch_model.bin", "save_pretrained");
        ModelFolder.CheckTokenizer(folder.Path);
    }

    [Fact]
    public void Digests_ShippedModel_CountsWhatDecidesAScore()
    {
        var files = ModelFolder.Digests(TestData.EduTiny);
        Assert.Equal(
            ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"],
            files.Select(file => file.Name));
        Assert.All(
            files, file => Assert.Equal(new FileInfo(Path.Combine(TestData.EduTiny, file.Name)).Length, file.Size));
        Assert.All(files, file => Assert.Matches("^[0-9a-f]{64}$", file.Sha256));
    }

    [Fact]
    public void Digests_ShardedModel_CountsIndexAndShards() => Assert.Equal(
        ["config.json", "model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
            "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors", "model.safetensors.index.json",
            "tokenizer.json", "tokenizer_config.json", "vocab.txt"],
        ModelFolder.Digests(TestData.Directory("models", "edu-tiny-sharded")).Select(file => file.Name));

    [Fact]
    public void Digest_OneByteChanged_Changes()
    {
        using var folder = TemporaryFolder.CopyOf(TestData.EduTiny);
        var before = ModelFolder.Digest(ModelFolder.Digests(folder.Path));
        File.WriteAllText(Path.Combine(folder.Path, "README.md"), "not counted");
        Assert.Equal(before, ModelFolder.Digest(ModelFolder.Digests(folder.Path)));
        File.AppendAllText(Path.Combine(folder.Path, "vocab.txt"), "x");
        Assert.NotEqual(before, ModelFolder.Digest(ModelFolder.Digests(folder.Path)));
    }
}
