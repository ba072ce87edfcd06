namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// Reads tokenizer.json of Hugging Face's <c>tokenizers</c> where it describes a BERT tokenizer. Its sections
/// truncation and padding are left aside, as the reference overrides both; the decoder plays no part.
/// </summary>
internal sealed class TokenizerJsonReader(JsonSection file)
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
        var (first, last) = new PostProcessorReader(file).Read(ids);
        return new Vocabulary(
            ids.Tokens,
            added,
            ReadNormalizer(),
            model.Text("continuing_subword_prefix") ?? "##",
            model.Whole("max_input_chars_per_word", LargestMaxWordLength) ?? 100,
            ids.IdOf(model.Text("unk_token") ?? "[UNK]"),
            first,
            last);
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
        // lstrip and rstrip give neighbouring white space to the token; without offsets that shows nowhere.
        foreach (var key in new[] { "single_word", "normalized" })
        {
            if (token.Flag(key) ?? false)
                throw file.Wrong($"added token {content} is {key}, which is not supported; "
                    + "supported are added tokens that match as they are written, anywhere in a text");
        }
        return new AddedToken(content, id);
    }
}
