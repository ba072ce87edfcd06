using System.Text.Json.Nodes;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>The tokenizers that the reference data was made with.</summary>
internal static class ReferenceSettings
{
    /// <summary>By the name of a file of tests/data/tokenizer.</summary>
    public static JsonObject NormalizerOf(string name) => name switch
    {
        "uncased" or "uncased-max16" => Normalizer(lowercase: true),
        "cased" => Normalizer(lowercase: false),
        "lower-keep-accents" => Normalizer(lowercase: true, stripAccents: false),
        "cased-strip-accents" => Normalizer(lowercase: false, stripAccents: true),
        "no-cjk-spacing" => Normalizer(lowercase: true, chinese: false),
        "no-clean" => Normalizer(lowercase: true, clean: false),
        _ => throw new ArgumentException(name),
    };

    public static string ModelFolder => TestData.Directory("models", "minilm-edu");

    /// <summary>A tokenizer of BERT uncased's vocabulary with other normaliser settings.</summary>
    public static WordPieceTokenizer Load(string name, int maxLength = 512)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(ModelFolder, "tokenizer.json")))!;
        json["normalizer"] = NormalizerOf(name);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), json.ToJsonString());
        return WordPieceTokenizer.Load(folder.Path, maxLength);
    }

    private static JsonObject Normalizer(
        bool lowercase, bool? stripAccents = null, bool chinese = true, bool clean = true) => new()
        {
            ["type"] = "BertNormalizer",
            ["clean_text"] = clean,
            ["handle_chinese_chars"] = chinese,
            ["strip_accents"] = stripAccents,
            ["lowercase"] = lowercase,
        };
}
