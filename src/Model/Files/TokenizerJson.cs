using System.Text.Json;

namespace FineWebTorch.Model.Files;

/// <summary>
/// Reads tokenizer.json of Hugging Face's <c>tokenizers</c> where it describes a BERT tokenizer. The lengths in its
/// sections truncation and padding are left aside, as transformers overrides both, and so is its decoder.
/// </summary>
internal sealed class TokenizerJson(JsonSection file)
{
    /// <summary>Longest word that is split; longer limits are refused, since memory is kept for such a word.</summary>
    private const int LargestMaxWordLength = 100_000;

    /// <param name="addedTokens">Those that other files add.</param>
    public Vocabulary Read(IEnumerable<AddedToken> addedTokens)
    {
        new PartSequence(file, "pre_tokenizer", "pretokenizers", "BertPreTokenizer").ReadAlike();
        var model = file.Required("model", file.Object("model"));
        ExpectWordPiece(model);
        var pieces = new Pieces(file.Path, ReadPieces(model));
        var added = new AddedTokenList(pieces);
        added.AddAll(file.Objects("added_tokens").Select(ReadAdded));
        added.AddAll(addedTokens);
        var (cls, sep) = new PostProcessor(file).Read(added);
        return new Vocabulary(
            pieces,
            added.Tokens,
            ReadNormalizer(),
            model.Text("continuing_subword_prefix") ?? "##",
            model.Whole("max_input_chars_per_word", LargestMaxWordLength) ?? 100,
            pieces.IdOf(model.Text("unk_token") ?? "[UNK]"),
            cls,
            sep);
    }

    private static AddedToken ReadAdded(JsonSection token)
    {
        _ = token.Required("id", token.Whole("id", Pieces.LargestId));
        return AddedTokenList.Read(token);
    }

    private IEnumerable<(string, int)> ReadPieces(JsonSection model)
    {
        foreach (var (token, value) in model.Required("vocab", model.Object("vocab")).Entries())
        {
            yield return (token, JsonSection.WholeOrNull(value, Pieces.LargestId) ?? throw file.Wrong(
                $"token {Pieces.Shown(token)} has no whole number as its id; fetch the file again"));
        }
    }

    private NormalizerSettings ReadNormalizer()
    {
        var section = new PartSequence(file, "normalizer", "normalizers", "BertNormalizer").ReadAlike();
        var lowercase = section.Flag("lowercase") ?? true;
        return new NormalizerSettings(
            section.Flag("clean_text") ?? true,
            section.Flag("handle_chinese_chars") ?? true,
            section.Flag("strip_accents") ?? lowercase,
            lowercase);
    }

    /// <summary>Files of early versions name no type; only WordPiece has these two keys.</summary>
    private void ExpectWordPiece(JsonSection model)
    {
        var type = model.Text("type") ?? (model.Has("max_input_chars_per_word") ? "WordPiece" : "of no type");
        if (type != "WordPiece")
            throw file.Wrong($"model is {type}; supported is WordPiece, the tokenizer of BERT");
    }
}

/// <summary>Reads which two tokens stand around a text.</summary>
internal sealed class PostProcessor(JsonSection file)
{
    private const string Supported = "one special token before the text and one behind it, as [CLS] and [SEP]";

    /// <returns>The ids of the token before the text and of the one behind it.</returns>
    public (int Cls, int Sep) Read(AddedTokenList tokens)
    {
        var section = PartSequence.Single(file, "post_processor", "processors")
            ?? throw file.Wrong($"post_processor is missing; supported is {Supported}");
        return section.Text("type") switch
        {
            "TemplateProcessing" => ReadTemplate(section, tokens),
            "BertProcessing" => (ReadPair(section, "cls", tokens), ReadPair(section, "sep", tokens)),
            var type => throw file.Wrong($"post_processor is {type ?? "of no type"}; supported is {Supported}"),
        };
    }

    private (int Cls, int Sep) ReadTemplate(JsonSection section, AddedTokenList tokens)
    {
        var parts = section.Objects("single").ToList();
        if (parts.Count != 3 || parts[1].Object("Sequence") is null)
            throw Unsupported(section);
        return (ReadSpecial(section, parts[0], tokens), ReadSpecial(section, parts[2], tokens));
    }

    private int ReadSpecial(JsonSection section, JsonSection part, AddedTokenList tokens)
    {
        var name = part.Object("SpecialToken")?.Text("id") ?? throw Unsupported(section);
        var token = section.Object("special_tokens")?.Object(name) ?? throw Unsupported(section);
        var ids = token.Element("ids");
        if (ids is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() != 1)
            throw Unsupported(section);
        return CheckedId(name, list[0], tokens);
    }

    /// <summary>BertProcessing writes ["[SEP]", 102].</summary>
    private int ReadPair(JsonSection section, string key, AddedTokenList tokens)
    {
        if (section.Element(key) is not { ValueKind: JsonValueKind.Array } pair || pair.GetArrayLength() != 2
            || pair[0].ValueKind != JsonValueKind.String)
            throw Unsupported(section);
        return CheckedId(pair[0].GetString()!, pair[1], tokens);
    }

    private int CheckedId(string name, JsonElement value, AddedTokenList tokens)
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
