using System.Text;

namespace FineWebTorch.Model.Files;

/// <summary>
/// Reads vocab.txt, one token a line, with the settings of tokenizer_config.json: what a BERT tokenizer consisted of
/// before there was tokenizer.json.
/// </summary>
internal sealed class VocabularyText(string path, JsonSection? settings)
{
    private const int MaxWordLength = 100;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public Vocabulary Read()
    {
        if (settings?.Text("tokenizer_class") is { } type && type is not ("BertTokenizer" or "BertTokenizerFast"))
            throw settings.Wrong($"tokenizer_class is {type}; supported without tokenizer.json is BertTokenizer");
        var ids = ReadTokens();
        var normalizer = ReadNormalizer();
        var (unknown, cls, sep) = (Special("unk_token", "[UNK]"), Special("cls_token", "[CLS]"),
            Special("sep_token", "[SEP]"));
        string[] special = [unknown, cls, sep, Special("pad_token", "[PAD]"), Special("mask_token", "[MASK]")];
        return new Vocabulary(
            ids.Tokens,
            [.. special.Where(ids.Contains).Distinct().Select(token => new AddedToken(token, ids.IdOf(token)))],
            normalizer,
            "##",
            MaxWordLength,
            ids.IdOf(unknown),
            ids.IdOf(cls),
            ids.IdOf(sep));
    }

    /// <summary>The settings of the normaliser; transformers' own where tokenizer_config.json is silent.</summary>
    private NormalizerSettings ReadNormalizer()
    {
        if (settings?.Flag("do_basic_tokenize") == false)
            throw settings.Wrong("do_basic_tokenize is false; supported is true");
        if (settings?.Element("never_split") is { } words && words.GetRawText() != "[]")
            throw settings.Wrong("never_split names words; supported is none");
        var lowercase = settings?.Flag("do_lower_case") ?? true;
        return new NormalizerSettings(
            CleanText: true,
            settings?.Flag("tokenize_chinese_chars") ?? true,
            settings?.Flag("strip_accents") ?? lowercase,
            lowercase);
    }

    private string Special(string key, string standard) => settings?.TokenText(key) ?? standard;

    private TokenIds ReadTokens()
    {
        var tokens = new VocabularyBuilder(path);
        var lines = ReadText().Split('\n');
        var count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        for (var id = 0; id < count; id++)
            tokens.Add(lines[id].TrimEnd('\r'), id);
        return tokens.Build();
    }

    private string ReadText()
    {
        try
        {
            return StrictUtf8.GetString(File.ReadAllBytes(path));
        }
        catch (DecoderFallbackException caught)
        {
            throw new ModelFileException(path, "is not valid UTF-8; fetch the file again", caught);
        }
    }
}
