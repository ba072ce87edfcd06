namespace FineWebTorch.Model.Files;

/// <summary>
/// The files of a model folder that say how its text is tokenized: tokenizer.json, or vocab.txt; and
/// tokenizer_config.json, which transformers writes beside or instead of tokenizer.json.
/// </summary>
internal sealed class TokenizerFiles(string modelFolder)
{
    /// <summary>Room for the two special tokens.</summary>
    public const int LeastMaxLength = 2;

    private const int DefaultMaxLength = 512;

    private readonly string _tokenizer = Path.Combine(modelFolder, "tokenizer.json");
    private readonly string _vocabulary = Path.Combine(modelFolder, "vocab.txt");
    private readonly string _settings = Path.Combine(modelFolder, "tokenizer_config.json");
    private readonly string _config = Path.Combine(modelFolder, "config.json");

    /// <exception cref="FileNotFoundException">There is neither tokenizer.json nor vocab.txt.</exception>
    /// <exception cref="ModelFileException">A file is damaged, or asks for what is not supported.</exception>
    public Vocabulary ReadVocabulary()
    {
        using var settings = Open(_settings);
        if (File.Exists(_tokenizer))
        {
            using var tokenizer = Open(_tokenizer)!;
            var vocabulary = new TokenizerJson(tokenizer).Read();
            if (settings is not null)
                ExpectAgreement(settings, vocabulary.Normalizer);
            return vocabulary;
        }
        if (!File.Exists(_vocabulary))
            throw new FileNotFoundException(
                $"{modelFolder}: has neither tokenizer.json nor vocab.txt; fetch the whole model folder", _tokenizer);
        return new VocabularyText(_vocabulary, settings).Read();
    }

    /// <summary>The smallest of 512, <c>model_max_length</c> and <c>max_position_embeddings</c>.</summary>
    /// <exception cref="ModelFileException">A limit is less than 2, or no number.</exception>
    public int ReadMaxLength()
    {
        using var settings = Open(_settings);
        using var config = Open(_config);
        return Math.Min(DefaultMaxLength, Math.Min(
            LimitOf(settings, "model_max_length"), LimitOf(config, "max_position_embeddings")));
    }

    private static JsonSection? Open(string path) => File.Exists(path) ? JsonSection.Read(path) : null;

    /// <summary>A length that may be absent, or be transformers' 1e30 for "no limit".</summary>
    private static int LimitOf(JsonSection? file, string key)
    {
        if (file?.Number(key) is not { } limit)
            return int.MaxValue;
        if (!(limit >= LeastMaxLength))
            throw file.Wrong($"{key} is {limit}; the least that leaves room for a text is {LeastMaxLength + 1}; "
                + "fetch the file again");
        return limit >= int.MaxValue ? int.MaxValue : (int)limit;
    }

    /// <summary>
    /// Refuses settings that contradict tokenizer.json: which of the two transformers follows depends on its version.
    /// </summary>
    private static void ExpectAgreement(JsonSection settings, NormalizerSettings normalizer)
    {
        Expect("do_lower_case", normalizer.Lowercase);
        Expect("strip_accents", normalizer.StripAccents);
        Expect("tokenize_chinese_chars", normalizer.HandleChineseChars);

        void Expect(string key, bool expected)
        {
            if (settings.Flag(key) is { } flag && flag != expected)
                throw settings.Wrong($"{key} is {(flag ? "true" : "false")}, but the normalizer of tokenizer.json says "
                    + $"{(expected ? "true" : "false")}; make the two files agree");
        }
    }
}
