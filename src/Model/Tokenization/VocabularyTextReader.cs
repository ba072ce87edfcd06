using System.Text;

namespace FineWebTorch.Model.Tokenization;

/// <summary>
/// Reads vocab.txt, one token a line, with the settings of tokenizer_config.json: what a BERT tokenizer consisted of
/// before there was tokenizer.json.
/// </summary>
internal sealed class VocabularyTextReader(string path, JsonSection? settings)
{
    private const int MaxWordLength = 100;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public Vocabulary Read()
    {
        if (settings?.Text("tokenizer_class") is { } type && type is not ("BertTokenizer" or "BertTokenizerFast"))
            throw settings.Wrong($"tokenizer_class is {type}; supported without tokenizer.json is BertTokenizer");
        var ids = ReadTokens();
        var normalizer = settings is null
            ? new NormalizerSettings(CleanText: true, SpaceChinese: true, StripAccents: true, Lowercase: true)
            : new TokenizerConfigReader(settings).ReadNormalizer();
        var (unknown, first, last) = (Special("unk_token", "[UNK]"), Special("cls_token", "[CLS]"),
            Special("sep_token", "[SEP]"));
        string[] special = [unknown, first, last, Special("pad_token", "[PAD]"), Special("mask_token", "[MASK]")];
        return new Vocabulary(
            ids.Tokens,
            [.. special.Where(ids.Contains).Distinct().Select(token => new AddedToken(token, ids.IdOf(token)))],
            normalizer,
            "##",
            MaxWordLength,
            ids.IdOf(unknown),
            ids.IdOf(first),
            ids.IdOf(last));
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
