using System.Text.Json.Nodes;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>Tokenizers that ours is compared in, as the Rust library reads them.</summary>
internal static class PeerSettings
{
    public static JsonNode Of(string setting)
    {
        var json = Base();
        switch (setting)
        {
            case "uncased":
                break;
            case "cased":
                json["normalizer"]!["lowercase"] = false;
                break;
            case "uncased, accents kept":
                json["normalizer"]!["strip_accents"] = false;
                break;
            case "cased, accents stripped":
                json["normalizer"]!["lowercase"] = false;
                json["normalizer"]!["strip_accents"] = true;
                break;
            case "added tokens as they are written":
                Add(json, "qwzx", "QWZX", "qwzxy", "中", "é", "the cat", "#", "\u0301", "[SEP][SEP]", "a");
                Add(json, "special", special: true);
                break;
            case "added tokens that are single words":
                Add(json, ["qwzx", "zxd", "ab", "[X]", "中", "é"], singleWord: true);
                Add(json, "zx", "bc", "the");
                break;
            case "added tokens that take white space":
                Add(json, ["qwzx", "ab"], left: true);
                Add(json, ["[X]", "day"], right: true);
                Add(json, [" the", "bc"], left: true, right: true, singleWord: true);
                Add(json, [" zx", "cat "], normalized: true);
                break;
            case "added tokens that are normalized":
                AddNormalized(json);
                break;
            case "truncated on the right":
                AddNormalized(json);
                Truncate(json, "Right", 12);
                break;
            case "truncated on the left":
                AddNormalized(json);
                Truncate(json, "Left", 12);
                break;
            default:
                PutIntoSequences(json);
                break;
        }

        return json;
    }

    /// <summary>No two alike once normalised: which of them the Rust library finds is left to chance there.</summary>
    private static void AddNormalized(JsonNode json)
    {
        Add(json, ["QWZX", "中文", "É day", "ab", "\u200Bcd", "각", "[X]"], normalized: true);
        Add(json, ["Day", "ÅB3", "_x"], normalized: true, singleWord: true);
        Add(json, ["cat", "bc!"], normalized: true, left: true);
        Add(json, ["THE ", "zx"], normalized: true, right: true, special: true);
        Add(json, "qwzx", "dog");
    }

    private static void PutIntoSequences(JsonNode json)
    {
        json["normalizer"] = Sequence("normalizers", Sequence("normalizers", json["normalizer"]!.DeepClone()));
        json["pre_tokenizer"] = Sequence(
            "pretokenizers", json["pre_tokenizer"]!.DeepClone(), json["pre_tokenizer"]!.DeepClone());
        json["post_processor"] = Sequence("processors", json["post_processor"]!.DeepClone());
        var vocabulary = json["model"]!["vocab"]!.AsObject();
        foreach (var hole in new[] { "##ing", "dog", "a" })
            vocabulary.Remove(hole);
        vocabulary["##abc"] = (int)vocabulary["cat"]!;
        vocabulary["far"] = 60_000;
        vocabulary[""] = 60_001;
        Add(json, ["QWZX", "far", "dog"], normalized: true);
        Add(json, "cat");
    }

    private static JsonObject Sequence(string list, params JsonNode[] parts) =>
        new() { ["type"] = "Sequence", [list] = new JsonArray(parts) };

    private static void Truncate(JsonNode json, string direction, int length) => json["truncation"] = new JsonObject
    {
        ["direction"] = direction,
        ["max_length"] = length,
        ["strategy"] = "LongestFirst",
        ["stride"] = 0,
    };

    private static void Add(JsonNode json, params string[] contents) => Add(json, contents, normalized: false);

    private static void Add(JsonNode json, string content, bool special) => Add(json, [content], special: special);

    private static void Add(
        JsonNode json, string[] contents, bool normalized = false, bool singleWord = false, bool left = false,
        bool right = false, bool special = false)
    {
        foreach (var content in contents)
        {
            json["added_tokens"]!.AsArray().Add(new JsonObject
            {
                ["id"] = 0,
                ["content"] = content,
                ["single_word"] = singleWord,
                ["lstrip"] = left,
                ["rstrip"] = right,
                ["normalized"] = normalized,
                ["special"] = special,
            });
        }
    }

    /// <summary>BERT uncased's vocabulary and capital letters, so that there is a difference between cases.</summary>
    private static JsonNode Base()
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(ReferenceSettings.ModelFolder, "tokenizer.json")))!;
        json["truncation"] = json["padding"] = null;
        json["normalizer"] = ReferenceSettings.NormalizerOf("uncased");
        var vocabulary = json["model"]!["vocab"]!.AsObject();
        foreach (var letter in Enumerable.Range('A', 26).Select(letter => $"{(char)letter}").Concat(["É", "\u0301"]))
        {
            vocabulary.TryAdd(letter, vocabulary.Count);
            vocabulary.TryAdd("##" + letter, vocabulary.Count);
        }

        return json;
    }
}
