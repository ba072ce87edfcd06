namespace FineWebTorch.Model.Tokenization;

/// <summary>The files of a model folder that say how its text is tokenized.</summary>
internal sealed class TokenizerFiles(string modelFolder)
{
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
            var vocabulary = new TokenizerJsonReader(tokenizer).Read();
            if (settings is not null)
                new TokenizerConfigReader(settings).ExpectAgreement(vocabulary.Normalizer);
            return vocabulary;
        }
        if (!File.Exists(_vocabulary))
            throw new FileNotFoundException(
                $"{modelFolder}: has neither tokenizer.json nor vocab.txt; fetch the whole model folder", _tokenizer);
        return new VocabularyTextReader(_vocabulary, settings).Read();
    }

    /// <summary>The smallest of 512, <c>model_max_length</c> and <c>max_position_embeddings</c>.</summary>
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
        if (!(limit >= WordPieceTokenizer.LeastMaxLength))
            throw file.Wrong($"{key} is {limit}; the least that leaves room for a text is "
                + $"{WordPieceTokenizer.LeastMaxLength + 1}; fetch the file again");
        return limit >= int.MaxValue ? int.MaxValue : (int)limit;
    }
}
