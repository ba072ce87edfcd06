using System.Text.Json;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model;

/// <summary>
/// The shape of a <c>BertForSequenceClassification</c> with one label. Keys that a <c>config.json</c> leaves out have
/// the defaults that transformers gives them.
/// </summary>
public sealed record BertConfig
{
    /// <summary>Width of a token between the layers; a multiple of <see cref="Heads"/>.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Encoder layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads of a layer.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Width of the feed-forward part.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Rows of the table of word embeddings: token ids are less.</summary>
    public int VocabularySize { get; init; } = 30522;

    /// <summary>Most tokens of a document.</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>Rows of the token-type table; only row 0 is used.</summary>
    public int TokenTypes { get; init; } = 2;

    /// <summary>What LayerNorm adds to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary>Width of a token within one head.</summary>
    public int HeadSize => HiddenSize / Heads;

    /// <summary>Reads the config.json of a model folder.</summary>
    /// <exception cref="FileNotFoundException">The folder has no config.json.</exception>
    /// <exception cref="ModelFileException">
    /// The file is damaged or asks for what is not supported; the message names key, value and what is supported.
    /// </exception>
    public static BertConfig Load(string modelFolder)
    {
        var path = Path.Combine(modelFolder, ModelFolder.ConfigFile);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: this file is missing; fetch the whole model folder", path);
        using var document = JsonFile.ReadObject(path);
        return new BertConfigReader(path, document.RootElement).Read();
    }
}

/// <summary>Reads a <see cref="BertConfig"/> and refuses every setting that would change the arithmetic.</summary>
internal sealed class BertConfigReader(string path, JsonElement root)
{
    private const string Architecture = "BertForSequenceClassification";
    /// <summary>Of any size that it names.</summary>
    public const int Largest = 1 << 24;

    public BertConfig Read()
    {
        CheckArchitecture();
        CheckLabels();
        CheckArithmetic();
        var standard = new BertConfig();
        var config = new BertConfig
        {
            HiddenSize = Size("hidden_size", standard.HiddenSize),
            Layers = Size("num_hidden_layers", standard.Layers),
            Heads = Size("num_attention_heads", standard.Heads),
            IntermediateSize = Size("intermediate_size", standard.IntermediateSize),
            VocabularySize = Size("vocab_size", standard.VocabularySize),
            MaxPositions = Size("max_position_embeddings", standard.MaxPositions),
            TokenTypes = Size("type_vocab_size", standard.TokenTypes),
            LayerNormEpsilon = Epsilon(standard.LayerNormEpsilon),
        };
        if (config.HiddenSize % config.Heads != 0)
            throw Unsupported("hidden_size", $"{config.HiddenSize}",
                $"a multiple of num_attention_heads ({config.Heads})");
        return config;
    }

    /// <summary>Where no class is named, transformers makes a classifier of whatever is a BERT.</summary>
    private void CheckArchitecture()
    {
        ExpectText("model_type", "bert");
        if (Value("architectures") is not { } names)
            return;
        if (names.ValueKind != JsonValueKind.Array
            || (names.GetArrayLength() > 0 && !names.EnumerateArray().Any(name => IsText(name, Architecture))))
            throw Unsupported("architectures", Shown("architectures"), $"[\"{Architecture}\"]");
    }

    private void CheckLabels()
    {
        var labels = Value("id2label");
        if (labels is { } map && (map.ValueKind != JsonValueKind.Object || map.EnumerateObject().Count() != 1))
            throw Unsupported("id2label", Shown("id2label"), "one label");
        var count = Value("num_labels");
        if (count is { } number && !(number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var n) && n == 1))
            throw Unsupported("num_labels", Shown("num_labels"), "1");
        // A regression has one output; should the weights have more, their shape says so.
        var isRegression = Value("problem_type") is { } problem && IsText(problem, "regression");
        if (labels is null && count is null && !isRegression)
            throw Unsupported("id2label", "missing (which means two labels)", "one label");
    }

    private void CheckArithmetic()
    {
        ExpectText("hidden_act", "gelu");
        ExpectText("position_embedding_type", "absolute");
        ExpectOff("is_decoder");
        ExpectOff("add_cross_attention");
        if (Value("quantization_config") is not null)
            throw Unsupported("quantization_config", "present", "unquantized weights");
        if (Value("pruned_heads") is { } heads
            && !(heads.ValueKind == JsonValueKind.Object && !heads.EnumerateObject().Any()))
            throw Unsupported("pruned_heads", Shown("pruned_heads"), "no pruned heads");
    }

    private int Size(string key, int standard)
    {
        if (Value(key) is not { } value)
            return standard;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var size) && size is > 0 and <= Largest
            ? size
            : throw Unsupported(key, Shown(key), $"a whole number from 1 to {Largest}");
    }

    private double Epsilon(double standard)
    {
        if (Value("layer_norm_eps") is not { } value)
            return standard;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var epsilon) && epsilon is > 0 and < 1
            ? epsilon
            : throw Unsupported("layer_norm_eps", Shown("layer_norm_eps"), "a number between 0 and 1");
    }

    private void ExpectText(string key, string supported)
    {
        if (Value(key) is { } value && !IsText(value, supported))
            throw Unsupported(key, Shown(key), $"\"{supported}\"");
    }

    private void ExpectOff(string key)
    {
        if (Value(key) is { ValueKind: not JsonValueKind.False })
            throw Unsupported(key, Shown(key), "false");
    }

    private static bool IsText(JsonElement value, string text) =>
        value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    /// <summary>A key's value; null where it is absent or null, which transformers treats alike.</summary>
    private JsonElement? Value(string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string Shown(string key)
    {
        if (Value(key) is not { } value)
            return "missing";
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= 80 ? text : text[..80] + "…";
    }

    private ModelFileException Unsupported(string key, string value, string supported) =>
        new(path, $"{key} is {value}; supported is {supported}");
}
