using System.Text.Json;

namespace FineWebTorch.Model.Files;

/// <summary>
/// Reads tokenizer.json of Hugging Face's <c>tokenizers</c> where it describes a BERT tokenizer. Its sections
/// truncation and padding are left aside, as those who call the reference override both, and so is its decoder.
/// </summary>
internal sealed class TokenizerJson(JsonSection file)
{
    /// <summary>Longest word that is split; longer limits are refused, since memory is kept for such a word.</summary>
    private const int LargestMaxWordLength = 100_000;

    private const int LargestId = (1 << 28) - 1;

    public Vocabulary Read()
    {
        ExpectType("pre_tokenizer", "BertPreTokenizer");
        var model = file.Required("model", file.Object("model"));
        ExpectWordPiece(model);
        var added = file.Objects("added_tokens").Select(ReadAdded).Where(token => token.Content.Length > 0).ToList();
        var tokens = new VocabularyBuilder(file.Path);
        foreach (var (token, value) in model.Required("vocab", model.Object("vocab")).Entries())
            tokens.Add(token, JsonSection.WholeOrNull(value, LargestId) ?? -1);
        foreach (var token in added)
            tokens.AddAgain(token.Content, token.Id);
        var ids = tokens.Build();
        var (cls, sep) = new PostProcessor(file).Read(ids);
        return new Vocabulary(
            ids.Tokens,
            added,
            ReadNormalizer(),
            model.Text("continuing_subword_prefix") ?? "##",
            model.Whole("max_input_chars_per_word", LargestMaxWordLength) ?? 100,
            ids.IdOf(model.Text("unk_token") ?? "[UNK]"),
            cls,
            sep);
    }

    private NormalizerSettings ReadNormalizer()
    {
        var section = ExpectType("normalizer", "BertNormalizer");
        var lowercase = section.Flag("lowercase") ?? true;
        return new NormalizerSettings(
            section.Flag("clean_text") ?? true,
            section.Flag("handle_chinese_chars") ?? true,
            section.Flag("strip_accents") ?? lowercase,
            lowercase);
    }

    private JsonSection ExpectType(string key, string supported)
    {
        var section = file.Object(key);
        var type = section is null ? "missing" : section.Text("type") ?? "of no type";
        return type == supported
            ? section!
            : throw file.Wrong($"{key} is {type}; supported is {supported}, the tokenizer of BERT");
    }

    /// <summary>Files of early versions name no type; only WordPiece has these two keys.</summary>
    private void ExpectWordPiece(JsonSection model)
    {
        var type = model.Text("type") ?? (model.Has("max_input_chars_per_word") ? "WordPiece" : "of no type");
        if (type != "WordPiece")
            throw file.Wrong($"model is {type}; supported is WordPiece, the tokenizer of BERT");
    }

    private AddedToken ReadAdded(JsonSection token)
    {
        var content = token.Required("content", token.Text("content"));
        var id = token.Required("id", token.Whole("id", LargestId));
        foreach (var key in new[] { "single_word", "normalized" })
        {
            if (token.Flag(key) ?? false)
                throw file.Wrong($"added token {content} is {key}, which is not supported; "
                    + "supported are added tokens that match as they are written, anywhere in a text");
        }
        return new AddedToken(content, id, token.Flag("lstrip") ?? false, token.Flag("rstrip") ?? false);
    }
}

/// <summary>Reads which two tokens stand around a text.</summary>
internal sealed class PostProcessor(JsonSection file)
{
    private const string Supported = "one special token before the text and one behind it, as [CLS] and [SEP]";

    /// <returns>The ids of the token before the text and of the one behind it.</returns>
    public (int Cls, int Sep) Read(TokenIds tokens)
    {
        var section = file.Object("post_processor")
            ?? throw file.Wrong($"post_processor is missing; supported is {Supported}");
        return section.Text("type") switch
        {
            "TemplateProcessing" => ReadTemplate(section, tokens),
            "BertProcessing" => (ReadPair(section, "cls", tokens), ReadPair(section, "sep", tokens)),
            var type => throw file.Wrong($"post_processor is {type ?? "of no type"}; supported is {Supported}"),
        };
    }

    private (int Cls, int Sep) ReadTemplate(JsonSection section, TokenIds tokens)
    {
        var parts = section.Objects("single").ToList();
        if (parts.Count != 3 || parts[1].Object("Sequence") is null)
            throw Unsupported(section);
        return (ReadSpecial(section, parts[0], tokens), ReadSpecial(section, parts[2], tokens));
    }

    private int ReadSpecial(JsonSection section, JsonSection part, TokenIds tokens)
    {
        var name = part.Object("SpecialToken")?.Text("id") ?? throw Unsupported(section);
        var token = section.Object("special_tokens")?.Object(name) ?? throw Unsupported(section);
        var ids = token.Element("ids");
        if (ids is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() != 1)
            throw Unsupported(section);
        return CheckedId(name, list[0], tokens);
    }

    /// <summary>BertProcessing writes ["[SEP]", 102].</summary>
    private int ReadPair(JsonSection section, string key, TokenIds tokens)
    {
        if (section.Element(key) is not { ValueKind: JsonValueKind.Array } pair || pair.GetArrayLength() != 2
            || pair[0].ValueKind != JsonValueKind.String)
            throw Unsupported(section);
        return CheckedId(pair[0].GetString()!, pair[1], tokens);
    }

    private int CheckedId(string name, JsonElement value, TokenIds tokens)
    {
        var expected = tokens.IdOf(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id == expected
            ? id
            : throw file.Wrong($"post_processor gives {name} the id {value.GetRawText()}, "
                + $"but the vocabulary {expected}; fetch the file again");
    }

    private ModelFileException Unsupported(JsonSection section) =>
        file.Wrong($"{section.NameOf("single")} is not supported; supported is {Supported}");
}
