using System.Globalization;

namespace FineWebTorch.Model.Files;

/// <summary>
/// The files of a model folder that say how its text is tokenized: tokenizer.json, or vocab.txt; and
/// tokenizer_config.json, which transformers writes beside or instead of tokenizer.json.
/// </summary>
internal sealed class TokenizerFiles(string modelFolder)
{
    /// <summary>Room for the two special tokens.</summary>
    public const int LeastMaxLength = 2;

    /// <summary>What model_max_length was called once.</summary>
    private const string OldMaxLength = "max_len";

    private readonly string _tokenizer = Path.Combine(modelFolder, "tokenizer.json");
    private readonly string _vocabulary = Path.Combine(modelFolder, "vocab.txt");
    private readonly string _added = Path.Combine(modelFolder, "added_tokens.json");
    private readonly string _settings = Path.Combine(modelFolder, "tokenizer_config.json");
    private readonly string _config = Path.Combine(modelFolder, "config.json");

    /// <exception cref="FileNotFoundException">There is neither tokenizer.json nor vocab.txt.</exception>
    /// <exception cref="ModelFileException">A file is damaged, or asks for what is not supported.</exception>
    public Vocabulary ReadVocabulary()
    {
        using var settings = Open(_settings);
        if (settings?.Flag("split_special_tokens") == true)
            throw settings.Wrong("split_special_tokens is true; supported is false");
        var added = AddedInSettings(settings);
        if (File.Exists(_tokenizer))
        {
            using var tokenizer = Open(_tokenizer)!;
            var vocabulary = new TokenizerJson(tokenizer).Read(added);
            if (settings is not null)
                ExpectAgreement(settings, vocabulary.Normalizer);
            return vocabulary;
        }
        if (!File.Exists(_vocabulary))
            throw new FileNotFoundException(
                $"{modelFolder}: has neither tokenizer.json nor vocab.txt; fetch the whole model folder", _tokenizer);
        using var legacy = Open(_added);
        return new VocabularyText(_vocabulary, settings, AddedInFile(legacy).Concat(added)).Read();
    }

    /// <summary>The smaller of <c>model_max_length</c> and <c>max_position_embeddings</c>.</summary>
    /// <exception cref="ModelFileException">A limit is less than 2, or no number.</exception>
    public int ReadMaxLength()
    {
        using var settings = Open(_settings);
        using var config = Open(_config);
        return Math.Min(
            LimitOf(settings, "model_max_length") ?? LimitOf(settings, OldMaxLength) ?? int.MaxValue,
            PositionsOf(config) ?? new BertConfig().MaxPositions);
    }

    /// <summary>Which end of a long text is cut off: tokenizer_config.json says it, else tokenizer.json.</summary>
    /// <exception cref="ModelFileException">It is neither left nor right.</exception>
    public TruncationSide ReadTruncationSide()
    {
        using var settings = Open(_settings);
        if (settings?.Text("truncation_side") is { } side)
            return SideOf(settings, "truncation_side", side, "left", "right");
        using var tokenizer = Open(_tokenizer);
        return tokenizer?.Object("truncation") is { } truncation && truncation.Text("direction") is { } direction
            ? SideOf(truncation, "direction", direction, "Left", "Right")
            : TruncationSide.Right;
    }

    private static TruncationSide SideOf(JsonSection section, string key, string value, string left, string right) =>
        value == left ? TruncationSide.Left
        : value == right ? TruncationSide.Right
        : throw section.Wrong($"{section.NameOf(key)} is {value}; supported is {left} or {right}");

    /// <summary>tokenizer_config.json names added tokens by id; transformers adds them in that order.</summary>
    private static List<AddedToken> AddedInSettings(JsonSection? settings) =>
        [.. (settings?.Object("added_tokens_decoder")?.Sections() ?? [])
            .Select(entry => (Id: IdOf(settings!, entry.Key), entry.Value))
            .OrderBy(entry => entry.Id)
            .Select(entry => AddedTokenList.Read(entry.Value))];

    /// <summary>added_tokens.json, of old versions, gives content and id; what it names is normalised.</summary>
    private static IEnumerable<AddedToken> AddedInFile(JsonSection? file) => (file?.Entries() ?? [])
        .Select(entry => (entry.Key, Id: JsonSection.WholeOrNull(entry.Value, Pieces.LargestId)
            ?? throw file!.Wrong($"token {Pieces.Shown(entry.Key)} has no whole number as its id")))
        .OrderBy(entry => entry.Id)
        .Select(entry => new AddedToken(entry.Key, entry.Id, Normalized: true));

    private static int IdOf(JsonSection file, string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw file.Wrong($"added_tokens_decoder names the id {Pieces.Shown(key)}; fetch the file again");

    private static JsonSection? Open(string path) => File.Exists(path) ? JsonSection.Read(path) : null;

    /// <summary>The network has a row for each, so that this is no length that anybody likes.</summary>
    private static int? PositionsOf(JsonSection? config)
    {
        const string Key = "max_position_embeddings";
        return LimitOf(config, Key) is { } positions and > BertConfigReader.Largest
            ? throw config!.Wrong($"{Key} is {positions} or more; supported is a whole number up to "
                + $"{BertConfigReader.Largest}; fetch the file again")
            : LimitOf(config, Key);
    }

    /// <summary>A length that may be absent, or be transformers' 1e30 for "no limit".</summary>
    private static int? LimitOf(JsonSection? file, string key)
    {
        if (file?.NumberOrText(key) is not { } limit)
            return null;
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
