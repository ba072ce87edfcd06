namespace FineWebTorch.Model.Tokenization;

/// <summary>Reads tokenizer_config.json, which transformers writes beside or instead of tokenizer.json.</summary>
internal sealed class TokenizerConfigReader(JsonSection file)
{
    /// <summary>The settings of the normaliser; transformers' own where the file is silent.</summary>
    public NormalizerSettings ReadNormalizer()
    {
        if (file.Flag("do_basic_tokenize") == false)
            throw file.Wrong("do_basic_tokenize is false; supported is true");
        if (file.Element("never_split") is { } words && words.GetRawText() != "[]")
            throw file.Wrong("never_split names words; supported is none");
        var lowercase = file.Flag("do_lower_case") ?? true;
        return new NormalizerSettings(
            true, file.Flag("tokenize_chinese_chars") ?? true, file.Flag("strip_accents") ?? lowercase, lowercase);
    }

    /// <summary>
    /// Refuses settings that contradict tokenizer.json: which of the two transformers follows depends on its version.
    /// </summary>
    public void ExpectAgreement(NormalizerSettings settings)
    {
        Expect("do_lower_case", settings.Lowercase);
        Expect("strip_accents", settings.StripAccents);
        Expect("tokenize_chinese_chars", settings.SpaceChinese);
    }

    private void Expect(string key, bool setting)
    {
        if (file.Flag(key) is { } flag && flag != setting)
            throw file.Wrong($"{key} is {(flag ? "true" : "false")}, but the normalizer of tokenizer.json says "
                + $"{(setting ? "true" : "false")}; make the two files agree");
    }
}
