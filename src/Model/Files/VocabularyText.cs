using System.Text;

namespace FineWebTorch.Model.Files;

/// <summary>
/// Reads vocab.txt, one token a line, with the settings of tokenizer_config.json: what a BERT tokenizer consisted of
/// before there was tokenizer.json.
/// </summary>
/// <param name="addedTokens">Those that other files add.</param>
internal sealed class VocabularyText(string path, JsonSection? settings, IEnumerable<AddedToken> addedTokens)
{
    private const int MaxWordLength = 100;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public Vocabulary Read()
    {
        if (settings?.Text("tokenizer_class") is { } type && type is not ("BertTokenizer" or "BertTokenizerFast"))
            throw settings.Wrong($"tokenizer_class is {type}; supported without tokenizer.json is BertTokenizer");
        var pieces = ReadPieces();
        var normalizer = ReadNormalizer();
        var (unknown, cls, sep) = (Special("unk_token", "[UNK]"), Special("cls_token", "[CLS]"),
            Special("sep_token", "[SEP]"));
        var added = new AddedTokenList(pieces);
        string[] special = [unknown, cls, sep, Special("pad_token", "[PAD]"), Special("mask_token", "[MASK]")];
        added.AddAll(special.Where(token => pieces.Find(token) is not null)
            .Select(token => new AddedToken(token, Id: 0, Special: true)));
        added.AddAll(addedTokens);
        return new Vocabulary(
            pieces,
            added.Tokens,
            normalizer,
            "##",
            MaxWordLength,
            pieces.IdOf(unknown),
            added.IdOf(cls),
            added.IdOf(sep));
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

    /// <summary>A line is a token, without the white space that it ends with, and its number from 0 the id.</summary>
    private Pieces ReadPieces()
    {
        var text = ReadText();
        if (text.AsSpan().Count('\n') > Pieces.MostTokens)
            throw Pieces.TooMany(path);
        var lines = text.Split('\n');
        var count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        return new Pieces(path, lines.Take(count).Select((line, id) => (line.TrimEnd(), id)));
    }

    private string ReadText()
    {
        try
        {
            return StrictUtf8.GetString(JsonFile.ReadWhole(path));
        }
        catch (DecoderFallbackException caught)
        {
            throw new ModelFileException(path, "is not valid UTF-8; fetch the file again", caught);
        }
    }
}
