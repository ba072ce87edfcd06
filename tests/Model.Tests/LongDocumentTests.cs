using System.Text.Json.Nodes;

namespace FineWebTorch.Model.Tests;

/// <summary>Models of more positions than BERT's 512.</summary>
public sealed class LongDocumentTests
{
    private const int Positions = 2100;

    [Theory]
    [InlineData("\"model_max_length\": 2100", Positions)]
    [InlineData("\"model_max_length\": \"1024\"", 1024)]
    [InlineData("\"model_max_length\": 1000000000000000019884624838656", Positions)]
    public void Score_TextOfMoreThan512Tokens_IsCutWhereModelAndTokenizerSay(string setting, int expected)
    {
        using var folder = Folder();
        folder.Write("tokenizer_config.json", $"{{{setting}}}");
        using var fused = EduClassifier.Load(folder.Path, ComputeDevice.Resolve("cpu"));
        using var reference = EduClassifier.Load(folder.Path, Devices.Reference);
        Assert.Equal(expected, fused.Tokenizer.MaxLength);
        string[] texts = [.. new[] { 300, 511, 700, 1023, 2098, 5000 }.Select(Text)];
        var lengths = Scorer.Tokenize(fused, texts.Select(System.Text.Encoding.UTF8.GetBytes)).Select(ids => ids.Length);
        Assert.Equal(texts.Select(text => Math.Min(expected, text.Split(' ').Length + 2)), lengths);
        var (scores, others) = (fused.Score(texts), reference.Score(texts));
        Assert.All(scores.Zip(others), pair => Assert.Equal(pair.Second, pair.First, 2e-5));
        // What stands behind the 512th token counts.
        Assert.NotEqual(scores[2], scores[3]);
    }

    private static string Text(int words) => string.Join(' ', Enumerable.Range(0, words)
        .Select(i => (i % 5) switch { 0 => "the", 1 => "cell", 2 => "is", 3 => "a", _ => "and" }));

    /// <summary>A model of the small one's width and vocabulary, with weights by formula.</summary>
    private static TemporaryFolder Folder()
    {
        using var source = new TemporaryFolder();
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(TestData.EduTiny, "config.json")))!;
        config["max_position_embeddings"] = Positions;
        source.Write("config.json", config.ToJsonString());
        using var made = new TemporaryFolder();
        var model = Path.Combine(made.Path, "model");
        FormulaModel.Make(model, source.File("config.json"), TestData.EduTiny);
        return TemporaryFolder.CopyOf(model);
    }
}
