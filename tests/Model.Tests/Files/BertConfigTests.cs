using System.Text.Json.Nodes;

namespace FineWebTorch.Model.Tests.Files;

public class BertConfigTests
{
    [Theory]
    [InlineData("architectures", """["BertForMaskedLM"]""", "BertForSequenceClassification")]
    [InlineData("architectures", "\"BertForSequenceClassification\"", "BertForSequenceClassification")]
    [InlineData("architectures", "[1]", "BertForSequenceClassification")]
    [InlineData("model_type", "\"roberta\"", "\"bert\"")]
    [InlineData("id2label", """{"0":"a","1":"b"}""", "one label")]
    [InlineData("id2label", "{}", "one label")]
    [InlineData("num_labels", "2", "1")]
    [InlineData("num_labels", "\"1\"", "1")]
    [InlineData("hidden_act", "\"gelu_new\"", "\"gelu\"")]
    [InlineData("hidden_act", "1", "\"gelu\"")]
    [InlineData("position_embedding_type", "\"relative_key\"", "\"absolute\"")]
    [InlineData("is_decoder", "true", "false")]
    [InlineData("add_cross_attention", "true", "false")]
    [InlineData("quantization_config", "{}", "unquantized")]
    [InlineData("pruned_heads", """{"0":[1]}""", "no pruned heads")]
    [InlineData("num_attention_heads", "3", "")]
    [InlineData("hidden_size", "0", "whole number")]
    [InlineData("hidden_size", "128.5", "whole number")]
    [InlineData("num_hidden_layers", "-1", "whole number")]
    [InlineData("vocab_size", "99999999999", "whole number")]
    [InlineData("max_position_embeddings", "\"512\"", "whole number")]
    [InlineData("layer_norm_eps", "0", "between 0 and 1")]
    [InlineData("layer_norm_eps", "\"1e-12\"", "between 0 and 1")]
    public void Load_SettingNotSupported_NamesKeyValueAndWhatIs(string key, string value, string supported)
    {
        using var folder = WithKey(key, JsonNode.Parse(value));
        var error = Assert.Throws<ModelFileException>(() => BertConfig.Load(folder.Path));
        OneLine.Names(error, Path.Combine(folder.Path, "config.json"), "is", "supported is", supported);
        if (key != "num_attention_heads")
            OneLine.Names(error, key);
        Assert.Contains(value is "null" ? "missing" : value.Length < 12 && key != "quantization_config"
            && key != "num_attention_heads" ? value : "", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "JSON")]
    [InlineData("[]", "JSON")]
    [InlineData("", "is empty")]
    [InlineData("<html>", "JSON")]
    public void Load_NotAJsonObject_IsRefused(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", content);
        OneLine.Names(Assert.Throws<ModelFileException>(() => BertConfig.Load(folder.Path)), folder.Path, expected);
    }

    [Fact]
    public void Load_NoFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        OneLine.Names(Assert.Throws<FileNotFoundException>(() => BertConfig.Load(folder.Path)), "config.json", "missing");
    }

    [Theory]
    [InlineData("architectures", "null")]
    [InlineData("architectures", "[]")]
    // edu-tiny's problem_type is regression.
    [InlineData("id2label", "null")]
    public void Load_OneOutputSaidOtherwise_IsTaken(string key, string value)
    {
        using var folder = WithKey(key, JsonNode.Parse(value));
        Assert.Equal(BertConfig.Load(TestData.EduTiny), BertConfig.Load(folder.Path));
    }

    [Fact]
    public void Load_NeitherLabelsNorRegression_IsRefused()
    {
        using var folder = WithKey("id2label", null, ("problem_type", "single_label_classification"));
        var error = Assert.Throws<ModelFileException>(() => BertConfig.Load(folder.Path));
        OneLine.Names(error, "id2label is missing (which means two labels)", "one label");
    }

    [Fact]
    public void Load_LabelCountInsteadOfNames_IsTaken()
    {
        using var folder = WithKey("id2label", null, ("num_labels", 1));
        Assert.Equal(2, BertConfig.Load(folder.Path).Layers);
    }

    [Fact]
    public void Load_KeysLeftOut_HaveTheReferencesDefaults()
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", """{"architectures":["BertForSequenceClassification"],"id2label":{"0":"x"}}""");
        Assert.Equal(new BertConfig(), BertConfig.Load(folder.Path));
    }

    [Fact]
    public void Load_ShippedModel_HasItsShape() => Assert.Equal(
        new BertConfig
        {
            HiddenSize = 128,
            Layers = 2,
            Heads = 2,
            IntermediateSize = 512,
            VocabularySize = 5971,
        },
        BertConfig.Load(TestData.EduTiny));

    private static TemporaryFolder WithKey(string key, JsonNode? value, params (string Key, JsonNode Value)[] more)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(TestData.EduTiny, "config.json")))!.AsObject();
        config[key] = value;
        foreach (var (other, node) in more)
            config[other] = node;
        var folder = new TemporaryFolder();
        folder.Write("config.json", config.ToJsonString());
        return folder;
    }
}
